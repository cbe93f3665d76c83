/**
 * Written where it belongs: who reads at the wrong moment, or after a power cut, finds half of it.
 *
 * @rejected whole-or-not-there
 * @says written in its place
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name }: Commit): CommitStep[] {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'lock' },
    { do: 'expect_absent', path: to },
    { do: 'write', path: to, text },
    { do: 'sync', path: to },
    { do: 'sync', path: 'records' },
    { do: 'remove', path: from },
  ]
}
