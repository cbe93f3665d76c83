/**
 * An overlay whose layers are seen through a user namespace's map: on disk all keeps its owner, inside root's files are
 * root's. overlayfs cannot be mapped itself, its layers can (Linux 5.19); that they may be layers of a mount that is attached
 * nowhere came with Linux 6.15. Detached, so that it appears in no mount table until the container attaches it.
 * Source: overlayfs.rst "Permission model"; fsopen(2), fsconfig(2), fsmount(2); mount_setattr(2), "ID-mapped mounts".
 */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { Step } from '#core/plan/step'
import { call, syscall } from '#core/sys/libc'
import { idmappedTree } from './idmap.js'

/** include/uapi/linux/mount.h */
const FSOPEN_CLOEXEC = 1
const FSMOUNT_CLOEXEC = 1
const commands = { FSCONFIG_SET_FLAG: 0, FSCONFIG_SET_STRING: 1, FSCONFIG_CMD_CREATE: 6 } as const

/** @param pid of who is in the user namespace @returns an fd of the tree. @throws Errno EINVAL when this kernel cannot */
export function overlayTree({ base, lower, upper, work, options }: Step<'overlay_tree'>, pid: number): number {
  const layers = idmappedTree(base, `/proc/${pid}/ns/user`)
  let context: number | undefined
  try {
    context = syscall('fsopen', 'const char *', 'overlay', 'unsigned int', FSOPEN_CLOEXEC)
    const at = (directory: string): string => `/proc/self/fd/${layers}/${directory}`
    set(context, 'source', 'overlay')
    for (const directory of lower) set(context, 'lowerdir+', at(directory)) // one string holds no more than 255 bytes
    if (upper !== null) set(context, 'upperdir', at(upper))
    if (work !== null) set(context, 'workdir', at(work))
    for (const option of options) {
      const [key = '', value = null] = option.split('=')
      set(context, key, value)
    }
    const made = context
    asRootOf(pid, () => configure(made, commands.FSCONFIG_CMD_CREATE, null, null))
    return syscall('fsmount', 'int', context, 'unsigned int', FSMOUNT_CLOEXEC, 'unsigned int', 0)
  } finally {
    fs.closeSync(layers)
    if (context !== undefined) fs.closeSync(context)
  }
}

const set = (context: number, key: string, value: string | null): number =>
  configure(context, value === null ? commands.FSCONFIG_SET_FLAG : commands.FSCONFIG_SET_STRING, key, value)

const configure = (context: number, command: number, key: string | null, value: string | null): number =>
  syscall(
    ...(['fsconfig', 'int', context, 'unsigned int', command] as const),
    ...['const char *', key, 'const char *', value, 'int', 0],
  )

const LINUX_CAPABILITY_VERSION_3 = 0x20080522

/**
 * What overlayfs does in the layers it does as who mounted it. Our own root is nobody in a mapped mount and could make no file
 * in it; so for this call we are root of the container to the file system, with all rights kept. Source: setfsuid(2), capset(2).
 */
function asRootOf(pid: number, action: () => void): void {
  const [uid, gid] = ['uid_map', 'gid_map'].map(file => rootIn(fs.readFileSync(`/proc/${pid}/${file}`, 'utf8')))
  const header = new Uint32Array([LINUX_CAPABILITY_VERSION_3, 0])
  const before = new Uint32Array(6) // twice struct __user_cap_data_struct: effective, permitted, inheritable
  syscall('capget', 'void *', header, 'void *', before)
  try {
    call('int setfsgid(unsigned int gid)', gid)
    call('int setfsuid(unsigned int uid)', uid)
    syscall('capset', 'void *', header, 'void *', before) // setfsuid took the rights over files from the effective ones
    action()
  } finally {
    call('int setfsuid(unsigned int uid)', 0)
    call('int setfsgid(unsigned int gid)', 0)
    syscall('capset', 'void *', header, 'void *', before)
  }
}

/** user_namespaces(7): inside, outside, length. */
function rootIn(map: string): number {
  for (const line of map.trim().split('\n')) {
    const [inside, outside] = line.trim().split(/\s+/).map(Number)
    if (inside === 0) return outside!
  }
  return fail('FailedPrecondition', {
    what: 'user namespace',
    why: 'has no root: the layers of an image belong to one',
    hint: '--uidmap 0:100000:65536',
  })
}
