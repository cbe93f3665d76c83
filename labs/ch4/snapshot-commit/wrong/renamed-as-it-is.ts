/**
 * The old record under the new name: it says of itself that somebody is still writing.
 *
 * @rejected says-what-it-is
 * @says word for word
 */

import type { Commit, CommitStep } from '#chapters/ch4-images/snapshot/commit-steps'
import { recordFile } from '#chapters/ch4-images/snapshot/record-file'

export function commitSteps({ record, name }: Commit): CommitStep[] {
  const [from, to] = [recordFile(record.key), recordFile(name)]
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` },
    { do: 'lock' },
    { do: 'expect_absent', path: to },
    { do: 'rename', from, to },
    { do: 'sync', path: 'records' },
  ]
}
