/**
 * How overlayfs notes in an upper directory what is gone from below: a device 0/0 in its place, or an attribute of a
 * directory that hides all of what is below it.
 *
 * Source: overlay(5) (Documentation/filesystems/overlayfs.rst), "whiteouts and opaque directories".
 */

import { fileTypes } from '#core/sys/constants'
import type { FileStatus } from '#core/sys/files'
import { type Entry, noXattrs } from './entry.js'

/** 'y' as the value; the second one with the mount option userxattr, that is rootless. */
export const opaqueXattrs = ['trusted.overlay.opaque', 'user.overlay.opaque'] as const

export const isWhiteoutDevice = ({ type, special: [major, minor] }: FileStatus): boolean =>
  type === fileTypes.S_IFCHR && major === 0 && minor === 0

/** A mark is an empty file. Nothing of it but its name counts, so it is always the same. */
export const whiteoutEntry = (path: string): Entry => ({
  path,
  type: 'file',
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  xattrs: noXattrs,
})
