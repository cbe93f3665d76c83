/**
 * Reads a file of a rootfs as a process chrooted there would, without leaving it: what openat2(2) calls RESOLVE_IN_ROOT.
 *
 * Node has no openat2, so the walk is done here: one component at a time, each directory held open (O_PATH) and the next
 * one looked up beneath it by /proc/self/fd/N. Joining strings instead would leave a moment between check and use in
 * which a container, running in this very rootfs, swaps a directory for a link to the host's /etc.
 */

import * as fs from 'node:fs'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { openFlags } from '#core/sys/constants'

const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants
const { O_PATH } = openFlags
const maxLinks = 40 // path_resolution(7)
const maxBytes = 1 << 20

/**
 * The content of `path` inside `root`, null where there is none. Absolute links start at root, `..` stops there.
 *
 * @throws MiniDockerError NotFound when the root itself is missing; FailedPrecondition for what is no regular file, is
 * larger than 1 MiB, is behind more than 40 links or cannot be read
 */
export function readInRoot(root: string, path: string): Buffer | null {
  const what = `file '${path}' of rootfs '${root}'`
  if (path.includes('\0')) fail('InvalidArgument', { what, why: 'a path cannot hold a NUL byte' })
  const directories = [openRoot(root)]
  try {
    return walk(directories, path, what)
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return null
    if (errno === undefined || cause instanceof MiniDockerError) throw cause
    return fail('FailedPrecondition', { what, why: errno, cause })
  } finally {
    for (const fd of directories) fs.closeSync(fd)
  }
}

function openRoot(root: string): number {
  try {
    return fs.openSync(root, O_PATH | O_DIRECTORY)
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause)
    return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', { what: `rootfs '${root}'`, why: errno, cause })
  }
}

/** `directories` is the stack of open directories from root down; the caller closes it. */
function walk(directories: number[], path: string, what: string): Buffer | null {
  const todo = path.split('/')
  let links = 0
  while (todo.length > 0) {
    const name = todo.shift()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      if (directories.length > 1) fs.closeSync(directories.pop()!)
      continue
    }
    const place = `/proc/self/fd/${directories.at(-1)}/${name}`
    const stat = fs.lstatSync(place)
    if (stat.isSymbolicLink()) {
      links += 1
      if (links > maxLinks) fail('FailedPrecondition', { what, why: `ELOOP, more than ${maxLinks} symbolic links` })
      const text = fs.readlinkSync(place)
      if (text.startsWith('/')) while (directories.length > 1) fs.closeSync(directories.pop()!)
      todo.unshift(...text.split('/'))
    } else if (stat.isDirectory()) {
      directories.push(fs.openSync(place, O_PATH | O_DIRECTORY | O_NOFOLLOW))
    } else if (todo.some(rest => rest !== '')) {
      return null // ENOTDIR: something below a file
    } else {
      // Devices are refused before they are opened: opening one may act on it. A FIFO swapped in now does not block.
      if (!stat.isFile()) notRegular(what)
      return readRegular(place, what)
    }
  }
  return notRegular(what)
}

function readRegular(place: string, what: string): Buffer {
  const fd = fs.openSync(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
  try {
    if (!fs.fstatSync(fd).isFile()) notRegular(what)
    // The size that fstat tells may be outgrown while we read: what counts is what arrives.
    const buffer = Buffer.alloc(Math.min(fs.fstatSync(fd).size, maxBytes) + 1)
    let length = 0
    for (;;) {
      const read = fs.readSync(fd, buffer, length, buffer.length - length, null)
      length += read
      if (length > maxBytes) fail('FailedPrecondition', { what, why: `larger than ${maxBytes} bytes` })
      if (read === 0 || length === buffer.length) return buffer.subarray(0, length)
    }
  } finally {
    fs.closeSync(fd)
  }
}

function notRegular(what: string): never {
  return fail('FailedPrecondition', { what, why: 'not a regular file' })
}
