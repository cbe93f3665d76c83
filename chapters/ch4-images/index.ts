/** ch4: images. A root file system packed once, in layers, and run anywhere; what a container writes is a layer of its own. */

import type { Chapter } from '#core/chapter'
import { ch3 } from '../ch3-cgroups/index.js'
import { examples } from './examples.js'

// #region parts
/** The root is put together anew for each container (`container/image-root`): it takes the place of `enterRoot`. */
export const parts = { ...ch3.parts }
// #endregion parts

export const ch4: Chapter = {
  id: 'ch4',
  title: 'images',
  understands: ch3.understands,
  parts,
  examples,
}

/** The images that are made of this machine. Loaded when it is called. */
export const readyMadeImages = async () => import('./pack/ready-made.js')

/** Images on this machine, for who brings and takes them (ch5). Loaded when it is called: it touches the machine. */
export const imageStore = async () => ({
  ...(await import('./images.js')),
  ...(await import('./store/content.js')),
  ...(await import('./store/leases.js')),
  ...(await import('./store/names.js')),
  ...(await import('./store/durable.js')),
  ...(await import('./store/image-name.js')),
  ...(await import('./store/empty-trash.js')),
  ...(await import('./image/find.js')),
  ...(await import('./image/obtain.js')),
  ...(await import('./image/platform.js')),
  ...(await import('./image/read.js')),
  ...(await import('./image/unpack.js')),
  ...(await import('./image/verify.js')),
})

export type { Image } from './image/read.js'
export type { Images } from './images.js'
export type { ContentStore } from './store/content.js'
export type { Ingest } from './store/ingest.js'
export type { Lease } from './store/leases.js'

/** Its commands for a later chapter that replaces parts of them. Loaded when they are called. */
export const commandsOf = async () => ({
  ...(await import('./parts-in-use.js')),
  ...(await import('./container/run.js')),
  ...(await import('./build/command.js')),
})
/** Those that are no passes, to be replaced by a later chapter. Loaded when it is called. */
export const plainParts = async () => import('./parts-in-use.js')

/** Archives in which images travel. Loaded when it is called. */
export const archives = async () => ({
  ...(await import('./archive/contents.js')),
  ...(await import('./archive/load.js')),
  ...(await import('./archive/read-images.js')),
  ...(await import('./archive/save.js')),
})

/** Archives and layers as bytes, for who looks at them and unpacks nothing (ch7). Loaded when it is called. */
export const reading = async () => ({
  ...(await import('./archive/tar.js')),
  ...(await import('./layer/compress.js')),
  ...(await import('./layer/reader.js')),
  ...(await import('./parts-in-use.js')),
})

export const chapterCommands = async () => (await import('./cli.js')).commands()
