/** The lowest layer of the ready-made images: the default rootfs, fresh, as ch1 to ch3 know it. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { ensureDefaultRootfs } from '#core/rootfs/default'
import { findBusybox } from '#core/rootfs/programs'
import type { Images } from '../images.js'
import { walk } from '../layer/walk.js'
import type { MadeLayer } from './make-image.js'
import { type WriteOptions, writeLayer } from './write-layer.js'

/**
 * Built anew rather than taken from `<data>/rootfs`: containers that run without images write into that one.
 * @throws MiniDockerError NotFound when this machine has neither a static busybox nor a shell
 */
export async function baseLayer(images: Images, options: Omit<WriteOptions, 'clamp'>): Promise<MadeLayer> {
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-base.`)
  try {
    const { path } = ensureDefaultRootfs({ dataDir: scratch })
    // its files were made this moment: as old as what they were made of, the layer is the same every time
    const clamp = writtenAt(findBusybox()?.path ?? '/bin/sh')
    const layer = await writeLayer(images, walk(path), { ...options, clamp })
    return { layer, said: 'mini-docker rootfs', created: clamp }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

const writtenAt = (file: string): number => Math.floor(fs.statSync(file).mtimeMs / 1000)
