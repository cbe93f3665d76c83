/** Makes what an entry says, by the fd of its directory and its name, which nothing has yet. All throw Errno EEXIST else. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { fileTypes } from '#core/sys/constants'
import { linkAt, mknodAt, openAt } from '#core/sys/files'
import type { Directories } from './directories.js'
import type { Entry } from './entry.js'
import { cName, quoted } from './name.js'
import { baseName, parentOf } from './path.js'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants

/** @returns an fd to write its content to; no one else may read it before it is known who may */
export const makeFile = (parent: number, name: string): number =>
  openAt(parent, cName(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)

/** @throws FailedPrecondition when its target is not there */
export function makeLink(parent: number, name: string, { path, target = '' }: Entry, directories: Directories): void {
  if (target === path) fail('FailedPrecondition', { what: 'hard link', why: 'it is its own target' })
  try {
    linkAt(directories.at(parentOf(target)), cName(baseName(target)), parent, cName(name))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    fail('FailedPrecondition', { what: `hard link to ${quoted(target)}`, why: 'there is no such file', cause: error })
  }
}

export const makeFifo = (parent: number, name: string): number => mknodAt(parent, cName(name), fileTypes.S_IFIFO, 0o600)

/** @returns whether it could be made: in a user namespace no device can (mknod(2), EPERM) */
export function makeDevice(parent: number, name: string, { type, device: [major, minor] = [0, 0] }: Entry): boolean {
  if (type === 'char' && major === 0 && minor === 0) {
    const hint = 'in a layer, a file .wh.NAME says that NAME is gone'
    fail('FailedPrecondition', { what: 'device 0/0', why: 'overlayfs would take it for a whiteout', hint })
  }
  try {
    mknodAt(parent, cName(name), type === 'char' ? fileTypes.S_IFCHR : fileTypes.S_IFBLK, 0o600, major, minor)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error
    return false
  }
}
