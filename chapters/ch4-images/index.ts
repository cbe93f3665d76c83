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

/** What a registry starts with. Loaded when it is called: whoever imports this index is pure. */
export const readyMadeImages = async () => ({
  ...(await import('./images.js')),
  ...(await import('./image/obtain.js')),
  ...(await import('./pack/ready-made.js')),
})
