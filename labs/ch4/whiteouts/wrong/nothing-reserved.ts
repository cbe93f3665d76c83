/**
 * What AUFS left in old layers is read as whiteouts.
 *
 * @rejected opaque-and-reserved
 * @says '.wh..wh.plnk' is a whiteout
 */

import type { Mark, Meaning } from '#chapters/ch4-images/layer/whiteout'

const PREFIX = '.wh.'
const OPAQUE = '.wh..wh..opq'

export function meaningOf(name: string): Meaning {
  if (!name.startsWith(PREFIX)) return { kind: 'plain' }
  if (name === OPAQUE) return { kind: 'opaque' }
  const hidden = name.slice(PREFIX.length)
  return hidden === '' || hidden === '.' || hidden === '..' ? { kind: 'invalid' } : { kind: 'whiteout', name: hidden }
}

export function hides(mark: Mark, path: string, brought: boolean): boolean {
  if (brought) return false
  if (mark.kind === 'whiteout' && path === mark.path) return true
  return mark.path === '' ? path !== '' : path.startsWith(`${mark.path}/`)
}
