/** The digest of a text, as one names content. */

import { createHash } from 'node:crypto'
import type { Digest } from '#core/spec/digest'

export const digestOfText = (text: string): Digest => `sha256:${createHash('sha256').update(text).digest('hex')}`
