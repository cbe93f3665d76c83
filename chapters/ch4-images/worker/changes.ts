/** What was written over a tree, told without a look at what lies below it: `diff` compares. */

import * as fs from 'node:fs'
import { fileTypes } from '#core/sys/constants'
import { namesIn, openAt, statusAt } from '#core/sys/files'
import { getXattr, listXattrs } from '#core/sys/xattrs'
import { changes } from '../layer/changes.js'
import { xattrNames } from '../layer/metadata.js'
import { cName, compareNames, decodeName } from '../layer/name.js'
import { baseName, below, parentOf } from '../layer/path.js'
import { isWhiteoutDevice, opaqueXattrs } from '../layer/upper.js'
import { meaningOf } from '../layer/whiteout.js'

/** JSON: there may be many of them, so their keys are short. */
export interface Written {
  /** Relative. */
  readonly path: string
  /** A whiteout says that it was removed; an opaque directory that all below it was. */
  readonly kind: 'directory' | 'opaque' | 'whiteout' | 'file'
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants

/** Directories before what is in them. */
export function changesIn(root: string): Written[] {
  const found: Written[] = []
  const walk = (fd: number, path: string): void => {
    for (const name of namesIn(fd).map(decodeName).sort(compareNames)) {
      const place = path === '' ? name : `${path}/${name}`
      const status = statusAt(fd, cName(name))
      const { mode, uid, gid } = status
      if (status.type !== fileTypes.S_IFDIR) {
        found.push({ path: place, kind: isWhiteoutDevice(status) ? 'whiteout' : 'file', mode, uid, gid })
        continue
      }
      const inner = openAt(fd, cName(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      try {
        found.push({ path: place, kind: isOpaque(inner) ? 'opaque' : 'directory', mode, uid, gid })
        walk(inner, place)
      } finally {
        fs.closeSync(inner)
      }
    }
  }
  const fd = fs.openSync(root, O_RDONLY | O_DIRECTORY)
  walk(fd, '')
  fs.closeSync(fd)
  return found
}

/** The same of a copy and what it was copied from, where no kernel noted what changes. */
export const changesBetween = (old: string, now: string): Written[] =>
  [...changes(old, now)]
    .map(({ entry }): Written => {
      const { type, mode, uid, gid } = entry
      const meaning = meaningOf(baseName(entry.path))
      if (meaning.kind !== 'whiteout') {
        return { path: entry.path, kind: type === 'directory' ? 'directory' : 'file', mode, uid, gid }
      }
      return { path: below(parentOf(entry.path), meaning.name), kind: 'whiteout', mode, uid, gid }
    })
    .filter(({ path }) => path !== '')

const isOpaque = (fd: number): boolean =>
  xattrNames(() => listXattrs(fd)).some(
    name => (opaqueXattrs as readonly string[]).includes(name) && getXattr(fd, name).toString('latin1') === 'y',
  )
