/**
 * The key stays as well: whoever has it goes on writing into what others build on.
 *
 * @rejected key-is-free
 * @says it is still there
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name, temporary }: Commit): CommitStep[] {
  const to = recordFile(name)
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'lock' },
    { do: 'expect_absent', path: to },
    { do: 'write', path: temporary, text },
    { do: 'sync', path: temporary },
    { do: 'rename', from: temporary, to },
    { do: 'sync', path: 'records' },
  ]
}
