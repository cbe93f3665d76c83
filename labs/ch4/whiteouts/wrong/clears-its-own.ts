/**
 * A mark clears all: what the layer brought before the mark is lost, what it brings after it stays.
 *
 * @rejected own-files-stay
 * @says which the layer brings: it goes
 */

import type { Mark, Meaning } from '#chapters/ch4-images/layer/whiteout'

const PREFIX = '.wh.'
const RESERVED = '.wh..wh.'
const OPAQUE = '.wh..wh..opq'

export function meaningOf(name: string): Meaning {
  if (!name.startsWith(PREFIX)) return { kind: 'plain' }
  if (name === OPAQUE) return { kind: 'opaque' }
  if (name.startsWith(RESERVED)) return { kind: 'reserved' }
  const hidden = name.slice(PREFIX.length)
  return hidden === '' || hidden === '.' || hidden === '..' ? { kind: 'invalid' } : { kind: 'whiteout', name: hidden }
}

export function hides(mark: Mark, path: string): boolean {
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
}
