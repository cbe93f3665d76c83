/**
 * The overlay snapshotter: a snapshot is a directory of what differs from its parent, and the kernel's overlayfs puts the
 * stack together when it is mounted. Source: Documentation/filesystems/overlayfs.rst.
 */

import * as fs from 'node:fs'
import { overlayOptions } from '../parts-in-use.js'
import { copyOwner, DirectorySnapshotter } from './directories.js'
import type { SnapshotRecord } from './records.js'
import type { RootMount } from './snapshotter.js'

export class OverlaySnapshotter extends DirectorySnapshotter {
  readonly name = 'overlay'

  protected fill({ directory, kind }: SnapshotRecord, below: SnapshotRecord | null): void {
    const { root } = this.options
    if (below !== null) copyOwner(`${root}/${below.directory}/fs`, `${root}/${directory}/fs`)
    if (kind === 'active') fs.mkdirSync(`${root}/${directory}/work`, { mode: 0o700 })
  }

  protected mountOf({ directory, kind, below }: SnapshotRecord): RootMount {
    const { root, rootless } = this.options
    return overlayOptions({ root, below, own: kind === 'active' ? directory : null, rootless })
  }
}
