/**
 * Looked for first, then locked: two who unpack the same layer both find the name free.
 *
 * @rejected takes-no-name-over
 * @says without the lock
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name, temporary }: Commit): CommitStep[] {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'expect_absent', path: to },
    { do: 'lock' },
    { do: 'write', path: temporary, text },
    { do: 'sync', path: temporary },
    { do: 'rename', from: temporary, to },
    { do: 'sync', path: 'records' },
    { do: 'remove', path: from },
  ]
}
