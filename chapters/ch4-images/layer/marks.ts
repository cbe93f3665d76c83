/**
 * Whiteouts, carried out on a merged tree: they remove what is there, but nothing that this layer brought.
 *
 * Source: image-spec, layer.md, "Whiteouts": whiteouts apply to lower layers only.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { openAt } from '#core/sys/files'
import { meaningOf } from '../parts-in-use.js'
import type { Directories } from './directories.js'
import { baseName, below, parentOf } from './path.js'
import { removeContent, removeTree } from './remove.js'
import { hides } from './whiteout.js'

/**
 * @param brought paths that this layer brought
 * @returns whether the path is a mark, and no file
 * @throws FailedPrecondition for one that can mean nothing, Errno
 */
export function applyMark(path: string, directories: Directories, brought: ReadonlySet<string>): boolean {
  const directory = parentOf(path)
  const meaning = meaningOf(baseName(path))
  const ways = directory === '' ? [] : directory.split('/').map(meaningOf)
  if (meaning.kind === 'reserved' || ways.some(({ kind }) => kind === 'reserved')) return true // AUFS kept directories there
  if (ways.some(({ kind }) => kind !== 'plain')) {
    fail('FailedPrecondition', { what: 'its path', why: 'it leads through a whiteout' })
  }
  if (meaning.kind === 'invalid') fail('FailedPrecondition', { what: 'whiteout', why: 'it names nothing' })
  if (meaning.kind === 'whiteout') whiteout(below(directory, meaning.name), directories, brought)
  if (meaning.kind === 'opaque') opaque(directory, directories, brought)
  return meaning.kind !== 'plain'
}

function whiteout(path: string, directories: Directories, brought: ReadonlySet<string>): void {
  ifThere(directories, () => {
    const keep = (rest: string): boolean => {
      const one = rest === '' ? path : below(path, rest)
      return !hides({ kind: 'whiteout', path }, one, brought.has(one))
    }
    removeTree(directories.at(parentOf(path)), baseName(path), keep)
  })
}

function opaque(path: string, directories: Directories, brought: ReadonlySet<string>): void {
  ifThere(directories, () => {
    const fd = openAt(directories.at(path), '.', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    try {
      removeContent(fd, '', rest => {
        const one = below(path, rest)
        return !hides({ kind: 'opaque', path }, one, brought.has(one))
      })
    } finally {
      fs.closeSync(fd)
    }
  })
}

/** To remove what is not there is no error: a layer may be put onto another one than it was made for. */
function ifThere(directories: Directories, remove: () => void): void {
  try {
    remove()
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error
  }
  directories.forget()
}
