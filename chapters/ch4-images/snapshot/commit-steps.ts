/**
 * In which order a snapshot becomes unchangeable. A power cut may come between any two of these steps, and a disk writes what
 * was not synced in any order or not at all: whatever is found afterwards has to be the old state or the new one.
 * Source: fsync(2), rename(2).
 */

import type { SnapshotRecord } from './records.js'

/** Paths are relative to the snapshotter's root. */
export type CommitStep =
  /** Waits until all files below are on the disk: seconds, where they are many. */
  | { readonly do: 'sync_tree'; readonly path: string }
  /** From here to the end nobody else changes a record, and whoever wants to waits. */
  | { readonly do: 'lock' }
  /** Fails with AlreadyExists when there is such a record. */
  | { readonly do: 'expect_absent'; readonly path: string }
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** fsync(2), of a file its content, of a directory the names in it. */
  | { readonly do: 'sync'; readonly path: string }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'remove'; readonly path: string }

export interface Commit {
  /** Of the active snapshot. */
  readonly record: SnapshotRecord
  /** What it is called from now on. */
  readonly name: string
  /** A file's name in `records` that nobody else writes to, and readers pass over. */
  readonly temporary: string
}

/** Where the record of a key or name lies: a colon is not for a file's name everywhere. */
export const recordFile = (key: string): string => `records/${key.replaceAll(':', '=')}.json`

// #region part
export function commitSteps({ record, name, temporary }: Commit): CommitStep[] {
  // #region solution
  const [from, to] = [recordFile(record.key), recordFile(name)]
  const text = JSON.stringify({ ...record, key: name, kind: 'committed' })
  return [
    { do: 'sync_tree', path: `${record.directory}/fs` }, // before the record, which says that all of this is there
    { do: 'lock' },
    { do: 'expect_absent', path: to },
    { do: 'write', path: temporary, text },
    { do: 'sync', path: temporary }, // before the rename, or the name may stand for an empty file
    { do: 'rename', from: temporary, to },
    { do: 'sync', path: 'records' },
    { do: 'remove', path: from }, // last: in between both records name the directory
  ]
  // #endregion solution
}
// #endregion part
