/**
 * The copying snapshotter: each snapshot is a whole tree, a copy of its parent's to begin with. It takes the room and the time
 * that overlayfs saves, and works on any file system that has owners and links. Source: containerd's "native" snapshotter.
 */

import { askInNamespace } from './ask.js'
import { copyTree } from './copy-tree.js'
import { copyOwner, DirectorySnapshotter } from './directories.js'
import type { SnapshotRecord } from './records.js'
import type { RootMount } from './snapshotter.js'

export class CopyingSnapshotter extends DirectorySnapshotter {
  readonly name = 'copying'

  protected fill({ directory, kind }: SnapshotRecord, below: SnapshotRecord | null): void {
    if (below === null) return
    const { root, rootless } = this.options
    if (kind === 'view') copyOwner(`${root}/${below.directory}/fs`, `${root}/${directory}/fs`)
    else if (rootless) askInNamespace('copy', { root, from: `${below.directory}/fs`, to: `${directory}/fs` })
    else copyTree(`${root}/${below.directory}/fs`, `${root}/${directory}/fs`)
  }

  protected mountOf({ directory, kind, below }: SnapshotRecord): RootMount {
    const { root } = this.options
    if (kind === 'active') return { type: 'bind', source: `${root}/${directory}/fs`, readonly: false }
    return { type: 'bind', source: `${root}/${below.at(-1)}/fs`, readonly: true }
  }
}
