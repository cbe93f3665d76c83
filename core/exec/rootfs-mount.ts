/**
 * A root file system as a mount of the host's: for a container without a mount namespace of its own. What it mounts lies below this
 * one, which is private, and goes with it.
 */

import * as fs from 'node:fs'
import { mountFlags, unmountFlags } from '#core/sys/constants'
import { call } from '#core/sys/libc'

const { MS_BIND, MS_REC, MS_PRIVATE } = mountFlags

export function mountRootfs(path: string): void {
  mount(path, path, MS_BIND | MS_REC)
  mount(null, path, MS_PRIVATE | MS_REC)
}

const mount = (source: string | null, target: string, flags: number): number =>
  call(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)',
    ...[source, target, null, flags, null],
  )

/** Idempotent. What was mounted there before ours stays: it may be the very file system that an engine has put together. */
export function unmountRootfs(path: string): void {
  if (!fs.existsSync(path)) return
  if (!isBoundOnItself(fs.realpathSync.native(path), fs.readFileSync('/proc/self/mountinfo', 'utf8'))) return
  call('int umount2(const char *target, int flags)', path, unmountFlags.MNT_DETACH)
}

/**
 * Whether what is mounted there shows the directory that it lies on: the same place of the same file system as its parent does.
 * @param mountinfo proc_pid_mountinfo(5): `id parent device root point …`
 */
export function isBoundOnItself(path: string, mountinfo: string): boolean {
  const mounts = mountinfo.split('\n').map(line => line.split(' '))
  const above = mounts.findLast(([, , , , point]) => point === escaped(path))
  const below = mounts.find(([id]) => id === above?.[1])
  if (above === undefined || below === undefined) return false
  const [, , device, root] = above
  const [, , deviceBelow, rootBelow = '', pointBelow = ''] = below
  const inside = escaped(path).slice(pointBelow === '/' ? 0 : pointBelow.length)
  return device === deviceBelow && root === (`${rootBelow === '/' ? '' : rootBelow}${inside}` || '/')
}

/** Blanks and backslashes are octal in there. */
const escaped = (path: string): string =>
  path.replace(/[ \t\n\\]/g, letter => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
