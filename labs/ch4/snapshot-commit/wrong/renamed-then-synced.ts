/**
 * The rename is on the disk before the content is: the record is there, and has no byte.
 *
 * @rejected whole-or-not-there
 * @says renamed before it is synced
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name, temporary }: Commit): CommitStep[] {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'lock' },
    { do: 'expect_absent', path: to },
    { do: 'write', path: temporary, text },
    { do: 'rename', from: temporary, to },
    { do: 'sync', path: to },
    { do: 'sync', path: 'records' },
    { do: 'remove', path: from },
  ]
}
