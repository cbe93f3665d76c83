/**
 * Extended attributes (xattr(7)): of an fd, or of what a path names, a symlink itself included. One call each, or two
 * where the length is not known before. All throw Errno.
 */

import { Buffer } from 'node:buffer'
import { errnoOf } from '#core/errors'
import type { Name } from './files.js'
import { call } from './libc.js'

export const setXattr = (fd: number, name: Name, value: Uint8Array): number =>
  call(
    'int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)',
    fd,
    name,
    value,
    value.length,
    0,
  )

export const setXattrOf = (path: Name, name: Name, value: Uint8Array): number =>
  call(
    'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
    path,
    name,
    value,
    value.length,
    0,
  )

export const removeXattr = (fd: number, name: Name): number =>
  call('int fremovexattr(int fd, const char *name)', fd, name)

/** What most names and values fit into. */
const room = Buffer.alloc(4096)
/** XATTR_SIZE_MAX, XATTR_LIST_MAX */
const MAX = 65536

/** The call with as much room as it takes. */
function read(into: (buffer: Buffer, size: number) => number): Buffer {
  try {
    return Buffer.from(room.subarray(0, into(room, room.length)))
  } catch (error) {
    if (errnoOf(error) !== 'ERANGE') throw error
    const large = Buffer.alloc(MAX)
    return large.subarray(0, into(large, large.length))
  }
}

export const getXattr = (fd: number, name: Name): Buffer =>
  read((buffer, size) =>
    call('long fgetxattr(int fd, const char *name, void *value, size_t size)', fd, name, buffer, size),
  )
export const getXattrOf = (path: Name, name: Name): Buffer =>
  read((buffer, size) =>
    call('long lgetxattr(const char *path, const char *name, void *value, size_t size)', path, name, buffer, size),
  )

/** Their full names, each with a NUL behind it. */
export const listXattrs = (fd: number): Buffer =>
  read((buffer, size) => call('long flistxattr(int fd, void *list, size_t size)', fd, buffer, size))
export const listXattrsOf = (path: Name): Buffer =>
  read((buffer, size) => call('long llistxattr(const char *path, void *list, size_t size)', path, buffer, size))
