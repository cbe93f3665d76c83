/**
 * A whiteout is a file like any other: both it and what it names are in the container.
 *
 * @rejected files-and-whiteouts
 * @says '.wh.motd' is plain
 */

import type { Mark, Meaning } from '#chapters/ch4-images/layer/whiteout'

const RESERVED = '.wh..wh.'
const OPAQUE = '.wh..wh..opq'

export function meaningOf(name: string): Meaning {
  if (!name.startsWith(RESERVED)) return { kind: 'plain' }
  if (name === OPAQUE) return { kind: 'opaque' }
  return { kind: 'reserved' }
}

export function hides(mark: Mark, path: string, brought: boolean): boolean {
  if (brought) return false
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
}
