/**
 * Any name will do: '.wh...' is the whiteout of '..', and the directory above is removed.
 *
 * @rejected names-nothing
 * @says '.wh.' is a whiteout of ''
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
  return { kind: 'whiteout', name: hidden }
}

export function hides(mark: Mark, path: string, brought: boolean): boolean {
  if (brought) return false
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
}
