/**
 * Reads a file of a stack of layers without mounting it: what overlayfs does at each name, done by hand. From the top down,
 * the first layer that has the name decides; directories of the same name are merged; a whiteout ends the search, and so
 * does an opaque directory once it was looked into. Source: overlayfs.rst, "Upper and Lower", "whiteouts and opaque directories".
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { getXattrOf } from '#core/sys/xattrs'

const maxLinks = 40 // path_resolution(7)
const maxBytes = 1 << 20

/** @param layers absolute directories, the topmost first @returns null where there is no such file */
export function readInLayers(layers: readonly string[], path: string): Buffer | null {
  let todo = path.split('/')
  let merged = [layers]
  let links = 0
  while (todo.length > 0) {
    const [name = '', ...rest] = todo
    todo = rest
    if (name === '' || name === '.') continue
    if (name === '..') {
      if (merged.length > 1) merged = merged.slice(0, -1)
      continue
    }
    const found = lookUpIn(merged.at(-1)!, name)
    if (found === null) return null
    if (Array.isArray(found)) {
      merged = [...merged, found]
      continue
    }
    const stat = fs.lstatSync(found as string)
    if (stat.isSymbolicLink()) {
      links += 1
      if (links > maxLinks) return null
      const text = fs.readlinkSync(found as string)
      if (text.startsWith('/')) merged = merged.slice(0, 1)
      todo = [...text.split('/'), ...rest]
      continue
    }
    if (!stat.isFile() || rest.some(part => part !== '')) return null
    if (stat.size > maxBytes) {
      fail('FailedPrecondition', { what: `file '${path}' of the image`, why: `larger than ${maxBytes} bytes` })
    }
    return fs.readFileSync(found as string)
  }
  return null
}

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
