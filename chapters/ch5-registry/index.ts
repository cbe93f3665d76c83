/** ch5: registry. One place where images are kept, sent to and fetched from. */

import type { Chapter } from '#core/chapter'
import { ch4 } from '../ch4-images/index.js'

/** `run` of ch5 is ch4's, with a way more to obtain an image. */
export const parts = { ...ch4.parts }

export const ch5: Chapter = {
  id: 'ch5',
  title: 'registry',
  understands: ch4.understands,
  parts,
  examples: ch4.examples,
}
