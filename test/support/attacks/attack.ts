/** What an attack is: a container as an engine would ask for it, what is tried in there, and how the host finds out that it worked. */

import * as fs from 'node:fs'
import { defaultSpec } from '#chapters/ch2-namespaces/index'
import { defaultRules } from '#chapters/ch3-cgroups/index'
import { defaultProfile } from '#chapters/ch7-oci/seccomp/default-profile'
import type { Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import type { Said } from '#support/bundle'
import type { World } from '#support/world'
import type { AttackName, WallName } from '../../../site/.vitepress/theme/toys/escape-data.js'

/** Where it happens: a directory of its own on the host. */
export interface Place {
  readonly world: World
  readonly directory: string
  readonly nonce: string
  /** A file of the host with the nonce in it. */
  readonly secret: string
}

export interface Prepared {
  readonly env?: Readonly<Record<string, string>>
  readonly change?: (spec: Spec) => Spec
  /** Asked on the host, after the container has ended. */
  readonly worked: (said: Said) => boolean
  /** What is called otherwise in each run, and what it is called on the page. */
  readonly names?: readonly (readonly [found: string | RegExp, shown: string])[]
  /** What is run by `exec` beside it, again and again, until the attack has seen it. */
  readonly beside?: readonly string[]
  /** Milliseconds in which it may still come to be. */
  readonly patience?: number
  readonly after?: () => void
}

export interface Attack {
  readonly name: AttackName
  readonly cve: string | null
  /** Each of them alone stops it. */
  readonly walls: readonly WallName[]
  /** What a shell in the container is given. */
  readonly script: string
  /** What is in the step that matters, where a wall is more than one. */
  readonly shows?: string
  /** What this machine lacks for it. */
  readonly missing?: () => string | null
  readonly prepare: (place: Place) => Prepared
}

/** Docker's: root in the container has these, and no others. moby, oci/caps/defaults.go. */
const rights = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_SETGID'],
  ...[
    'CAP_SETUID',
    'CAP_SETFCAP',
    'CAP_SETPCAP',
    'CAP_NET_BIND_SERVICE',
    'CAP_SYS_CHROOT',
    'CAP_KILL',
    'CAP_AUDIT_WRITE',
  ],
]

/** A container with all walls, as Docker's is, and no new privileges. */
export function guarded({ world: { rootfs } }: Place, script: string, env: Readonly<Record<string, string>>): Spec {
  const facts = probeFacts()
  const { linux, ...spec } = defaultSpec(
    {
      rootfs,
      process: {
        user: { uid: 0, gid: 0 },
        args: ['sh', '-c', script],
        env: ['PATH=/bin:/usr/bin', ...Object.entries(env).map(([key, value]) => `${key}=${value}`)],
        cwd: '/',
        noNewPrivileges: true,
        capabilities: { bounding: rights, effective: rights, permitted: rights },
      },
      namespaces: ['mount', 'pid', 'uts', 'ipc', 'network', 'cgroup'],
      hostname: 'web',
    },
    facts,
  )
  return {
    ...spec,
    linux: {
      ...linux,
      resources: { devices: defaultRules, pids: { limit: 16 } },
      seccomp: defaultProfile(rights, facts),
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  }
}

/** A root directory of its own, for an image that is part of the attack. */
export function imageOf({ world }: Place, make: (rootfs: string) => void): (spec: Spec) => Spec {
  const rootfs = world.copyRootfs()
  make(rootfs)
  return spec => ({ ...spec, root: { path: rootfs } })
}

export const exists = (path: string): boolean => fs.existsSync(path)
