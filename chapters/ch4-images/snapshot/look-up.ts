/**
 * A name in a stack of layers, without mounting it: what overlayfs does, done by hand. From the top down, the first layer that
 * has the name decides; directories of the same name are merged; a whiteout ends the search, and so does an opaque directory
 * once it was looked into. Source: overlayfs.rst, "Upper and Lower", "whiteouts and opaque directories".
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { getXattrOf } from '#core/sys/xattrs'

/** What `name` is in these directories: one file's path, the directories that are merged under it, or nothing. */
export function lookUpIn(directories: readonly string[], name: string): string | string[] | null {
  const merged: string[] = []
  for (const directory of directories) {
    const place = `${directory}/${name}`
    const stat = statOf(place)
    if (stat === null) continue
    if (stat.isCharacterDevice() && stat.rdev === 0) break
    if (!stat.isDirectory()) return merged.length === 0 ? place : merged
    merged.push(place)
    if (isOpaque(place)) break
  }
  return merged.length === 0 ? null : merged
}

function statOf(place: string): fs.Stats | null {
  try {
    return fs.lstatSync(place)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null
    throw error
  }
}

/** In a user namespace the mark has another name. */
const isOpaque = (place: string): boolean =>
  ['trusted.overlay.opaque', 'user.overlay.opaque'].some(name => isMarked(place, name))

function isMarked(place: string, name: string): boolean {
  try {
    return getXattrOf(place, name).toString('latin1') === 'y'
  } catch (error) {
    if (['ENODATA', 'EOPNOTSUPP', 'ENOTSUP', 'EPERM'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}
