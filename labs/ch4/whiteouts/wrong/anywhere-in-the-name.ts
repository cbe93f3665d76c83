/**
 * .wh. wherever it stands: a file with an unusual name is taken for a mark.
 *
 * @rejected files-and-whiteouts
 * @says 'a.wh.b' is a whiteout
 */

import type { Mark, Meaning } from '#chapters/ch4-images/layer/whiteout'

const PREFIX = '.wh.'
const RESERVED = '.wh..wh.'
const OPAQUE = '.wh..wh..opq'

export function meaningOf(name: string): Meaning {
  if (!name.includes(PREFIX)) return { kind: 'plain' }
  if (name === OPAQUE) return { kind: 'opaque' }
  if (name.startsWith(RESERVED)) return { kind: 'reserved' }
  const hidden = name.slice(PREFIX.length)
  return hidden === '' || hidden === '.' || hidden === '..' ? { kind: 'invalid' } : { kind: 'whiteout', name: hidden }
}

export function hides(mark: Mark, path: string, brought: boolean): boolean {
  if (brought) return false
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
}
