/** The lowest layer of the ready-made images: the default rootfs, fresh, as ch1 to ch3 know it. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import { findBusybox } from '#core/rootfs/programs'
import { randomId } from '#core/sys/random'
import type { Images } from '../images.js'
import type { Packable } from '../layer/pack.js'
import { walk } from '../layer/walk.js'
import type { MadeLayer } from './make-image.js'
import { type WriteOptions, writeLayer } from './write-layer.js'

/**
 * Built anew rather than taken from `<data>/rootfs`: containers that run without images write into that one.
 * @throws MiniDockerError NotFound when this machine has neither a static busybox nor a shell
 */
export async function baseLayer(images: Images, options: Omit<WriteOptions, 'clamp'>): Promise<MadeLayer> {
  // beside an ingest's bytes: who is killed here leaves nothing that prune does not know
  const ingest = images.store.ingest(`base-${randomId()}`, options.lease)
  try {
    const { path: root } = ensureDefaultRootfs({ dataDir: `${path.dirname(ingest.path)}/scratch` })
    // its files were made this moment: as old as what they were made of, the layer is the same every time
    const clamp = writtenAt(findBusybox()?.path ?? '/bin/sh')
    const layer = await writeLayer(images, rootsOwn(walk(root)), { ...options, clamp })
    return { layer, said: 'mini-docker rootfs', created: clamp }
  } finally {
    ingest.abort()
  }
}

/** Whoever makes it: inside, an operating system is root's. */
function* rootsOwn(found: Iterable<Packable>): Generator<Packable> {
  for (const one of found) yield { ...one, entry: { ...one.entry, uid: 0, gid: 0 } }
}

const writtenAt = (file: string): number => Math.floor(fs.statSync(file).mtimeMs / 1000)
