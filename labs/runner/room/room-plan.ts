/**
 * The room in which effects are looked at: a container whose host is all of this machine, read-only, but for one directory
 * in memory. What an attempt does wrong in there harms nothing, and ends with it. It is made of ch2's own parts; only its root
 * stays where it is.
 *
 * Its mounts are shared among themselves, as a real host's are: an attempt that forgets to cut them off is seen to leak.
 */

import { defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { parts as ch2 } from '#chapters/ch2-namespaces/index'
import type { Parts } from '#core/chapter'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { defaultPath, type NamespaceType, ociVersion, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { makeRoomCgroups, showRoomCgroups } from './room-cgroups.js'

const at = { phase: 'root', by: 'lab.room' } as const

const furnish: Pass = (spec, facts) => {
  const cgroup = spec.linux?.cgroupsPath
  const scratch = spec.process.cwd
  const fresh = (target: string, type: string, data: string | null): Step => ({
    ...at,
    op: 'mount',
    source: type,
    target,
    fstype: type,
    flags: [],
    data,
    why: 'new, over what is read-only',
  })
  return [
    { ...at, op: 'open_root', path: '/', why: 'targets are resolved below it' },
    {
      ...at,
      op: 'mount_setattr',
      target: '/',
      set: ['MOUNT_ATTR_RDONLY'],
      clear: [],
      recursive: true,
      why: 'all of the host is there to be read, and nothing to be changed',
    },
    ...(cgroup === undefined ? [] : showRoomCgroups(cgroup, facts)),
    fresh('/proc', 'proc', null),
    fresh(scratch, 'tmpfs', 'mode=755,size=512m'),
    {
      ...at,
      op: 'mount',
      source: null,
      target: '/',
      fstype: null,
      flags: ['MS_REC', 'MS_SHARED'],
      data: null,
      why: 'in here as on most machines: what is mounted in a copy shows in the original, unless it was cut off',
    },
    {
      phase: 'become',
      by: 'lab.room',
      op: 'chdir',
      path: scratch,
      why: 'the mount that covers it is newer than our cwd',
    },
  ]
}

const { isolate, privateMounts, startInit, mapIds, loopback, findProgram, exec } = ch2

export const roomParts: Parts = {
  makeRoomCgroups,
  mapIds,
  isolate,
  privateMounts,
  startInit,
  furnish,
  loopback,
  findProgram,
  exec,
}

interface Wanted {
  /** An empty directory of the host's, the only place in the room that can be written to. */
  readonly scratch: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  /** Where its cgroups are to be: below the home of each hierarchy. */
  readonly cgroup?: string | undefined
}

export function roomSpec({ scratch, args, env, cgroup }: Wanted, facts: Facts): Spec {
  const namespaces: readonly NamespaceType[] = ['mount', 'pid', 'uts', 'ipc', 'network']
  const process = { args, env: [`PATH=${defaultPath}`, ...env], cwd: scratch, user: { uid: 0, gid: 0 } }
  const { linux } = defaultSpec({ rootfs: '/', process, namespaces }, facts) // an ordinary user's needs a user namespace
  return {
    ociVersion,
    root: { path: '/' },
    process,
    linux: { ...linux, ...(cgroup === undefined ? {} : { cgroupsPath: cgroup }) },
  }
}
