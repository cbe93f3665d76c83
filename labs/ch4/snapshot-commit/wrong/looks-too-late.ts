/**
 * Looked for when the record is there already: it always is.
 *
 * @rejected takes-no-name-over
 * @says our own
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name, temporary }: Commit): CommitStep[] {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'lock' },
    { do: 'write', path: temporary, text },
    { do: 'sync', path: temporary },
    { do: 'rename', from: temporary, to },
    { do: 'expect_absent', path: to },
    { do: 'sync', path: 'records' },
    { do: 'remove', path: from },
  ]
}
