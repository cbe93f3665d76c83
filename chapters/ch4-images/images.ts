/** What there is of images on this machine, in one place: content, names, snapshots. */

import * as fs from 'node:fs'
import { type Platform, platformOf } from '#core/spec/image'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { chooseSnapshotter } from './snapshot/choose.js'
import type { Snapshotter } from './snapshot/snapshotter.js'
import { ContentStore } from './store/content.js'
import { Names } from './store/names.js'
import { Trash } from './store/trash.js'

export interface Images {
  /** The data directory. */
  readonly data: string
  readonly store: ContentStore
  readonly names: Names
  readonly snapshotter: Snapshotter
  readonly trash: Trash
  /** An empty directory: where a container or a worker mounts its root, each in a mount namespace of its own. */
  readonly at: string
  /** This machine's. */
  readonly platform: Platform
}

/** Opens what there is, and makes it where it is missing. @throws MiniDockerError FailedPrecondition: it cannot be written */
export function openImages(data: string = directories().data): Images {
  const store = new ContentStore(`${data}/store`)
  const at = `${data}/snapshots/root`
  // now, when something is written anyway: who only reads later may not be able to
  if (!fs.existsSync(at)) {
    for (const directory of [at, `${data}/containers`]) fs.mkdirSync(directory, { recursive: true, mode: 0o755 })
  }
  const trash = new Trash(`${data}/trash`)
  const snapshotter = chooseSnapshotter({
    data,
    locked: action => store.locked(action),
    trash,
    // root of a user namespace may not set trusted.*, either
    rootless: !probeFacts().userNamespace.initial || process.geteuid?.() !== 0,
  })
  return { data, store, names: new Names(store), snapshotter, trash, at, platform: platformOf(process.arch) }
}
