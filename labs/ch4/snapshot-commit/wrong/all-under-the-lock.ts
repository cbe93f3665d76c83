/**
 * Everything under the lock: while a large layer is written to the disk, no command of anybody's starts.
 *
 * @rejected lock-is-short
 * @says everybody waits
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name, temporary }: Commit): CommitStep[] {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'lock' },
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'expect_absent', path: to },
    { do: 'write', path: temporary, text },
    { do: 'sync', path: temporary },
    { do: 'rename', from: temporary, to },
    { do: 'sync', path: 'records' },
    { do: 'remove', path: from },
  ]
}
