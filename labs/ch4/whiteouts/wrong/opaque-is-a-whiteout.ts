/**
 * The opaque mark read as a whiteout of '.wh..opq', which is never there: the old files stay.
 *
 * @rejected opaque-and-reserved
 * @says '.wh..wh..opq' is a whiteout
 */

import type { Mark, Meaning } from '#chapters/ch4-images/layer/whiteout'

const PREFIX = '.wh.'
const RESERVED = '.wh..wh.'
const OPAQUE = '.wh..wh..opq'

export function meaningOf(name: string): Meaning {
  if (!name.startsWith(PREFIX)) return { kind: 'plain' }
  if (name !== OPAQUE && name.startsWith(RESERVED)) return { kind: 'reserved' }
  const hidden = name.slice(PREFIX.length)
  return hidden === '' || hidden === '.' || hidden === '..' ? { kind: 'invalid' } : { kind: 'whiteout', name: hidden }
}

export function hides(mark: Mark, path: string, brought: boolean): boolean {
  if (brought) return false
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
}
