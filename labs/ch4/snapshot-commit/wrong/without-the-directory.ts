/**
 * The file is synced, the directory is not: after a power cut the name may be gone that somebody was told of.
 *
 * @rejected there-for-good
 * @says nothing is synced
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
    { do: 'sync', path: temporary },
    { do: 'rename', from: temporary, to },
    { do: 'remove', path: from },
  ]
}
