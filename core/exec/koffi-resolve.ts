/**
 * Paths inside the rootfs: resolved by the kernel with the rootfs as its root, and from there on only the fd is used
 * (CVE-2021-30465 is what happens when the name is looked up twice). native/resolve.c in TypeScript.
 */

import * as fs from 'node:fs'
import { roles } from '#core/plan/ops'
import { errnos, openFlags } from '#core/sys/constants'
import { openInRoot as openBelow } from '#core/sys/files'
import { Errno } from '#core/sys/libc'
import { fdOf } from './koffi-state.js'

const { O_PATH } = openFlags

/** What the path leads to with the rootfs as its root. @throws Errno */
export const openInRoot = (path: string, flags: number): number => openBelow(fdOf(roles.root), path, flags)

/** Uses an fd and closes it, whatever happens. */
export function using<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Resolves what is there. */
export const inRoot = <T>(path: string, use: (fd: number) => T): T => using(openInRoot(path, O_PATH), use)

/**
 * For what is to be created: no call creates in-root, so the parent is resolved in-root and the last component, one plain
 * name, is given to an *at call.
 */
export function inParent<T>(path: string, use: (parent: number, name: string) => T): T {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  if (name === '' || name === '.' || name === '..') throw new Errno('openat2', errnos.EINVAL)
  const parent = openInRoot(slash < 0 ? '.' : path.slice(0, slash + 1), O_PATH | fs.constants.O_DIRECTORY)
  return using(parent, fd => use(fd, name))
}

/** An fd as a path, for calls that want one. Before pivot_root this is the host's /proc, after it the container's own. */
export const procPath = (fd: number): string => `/proc/self/fd/${fd}`
