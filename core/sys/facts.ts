/**
 * Facts: what a plan may depend on about this host, as plain data. Passes get them as an argument and ask nothing else of
 * the machine, so that a plan for any host can be computed on any other (`--facts`).
 */

import type { Architecture } from './constants.js'
import type { Hierarchy } from './hierarchies.js'

export type CgroupLayout = 'v1' | 'v2' | 'hybrid' | 'none'

/** subuid(5): `count` ids from `start` that a user may map. */
export interface IdRange {
  readonly start: number
  readonly count: number
}

/** Programs of the host that a plan may call: absolute paths, null where missing. */
export type ToolName = 'ip' | 'nft' | 'tc' | 'nsenter' | 'newuidmap' | 'newgidmap' | 'pasta' | 'slirp4netns'

/** The user namespace that we are in: whose ids we can give away, and what its root may do. */
export interface UserNamespace {
  /** The machine's first one. Root of another may make no device node, and does not own the host's network. */
  readonly initial: boolean
  /** The ids that exist in it, by the numbers that they have here. */
  readonly uids: readonly IdRange[]
  readonly gids: readonly IdRange[]
  /** Whether setgroups(2) is allowed; where it is not, it is not in the user namespaces below either. */
  readonly setgroups: boolean
}

/** What the kernel was built or booted to limit, beyond what every one of its controllers does. */
export interface LimitFacts {
  /** Swap: CONFIG_SWAP, and on v1 swapaccount=1. */
  readonly swap: boolean
  /** Weights of block devices are BFQ's, in files of other names. */
  readonly bfq: boolean
}

export interface Facts {
  readonly version: 1
  readonly platform: string
  readonly arch: Architecture
  /** uname -r */
  readonly kernel: string
  readonly uid: number
  readonly gid: number
  readonly userNamespace: UserNamespace
  /** Whether the kernel has time namespaces: Linux 5.6, CONFIG_TIME_NS. */
  readonly timeNamespaces: boolean
  /** The number of the last capability that it knows. */
  readonly lastCapability: number
  readonly cgroup: CgroupLayout
  /** The mounted hierarchies, those of v1 first. */
  readonly hierarchies: readonly Hierarchy[]
  /** What of the machine our cgroup may use, cpuset(7) "Formats of lists": processors and memory nodes, as `0-1,4`. */
  readonly cpus: string
  readonly mems: string
  /** Whether who performs can start a process right in its cgroup: CLONE_INTO_CGROUP of clone3(2), Linux 5.7. */
  readonly cloneInto: boolean
  readonly limits: LimitFacts
  readonly subuid: readonly IdRange[]
  readonly subgid: readonly IdRange[]
  readonly tools: Readonly<Record<ToolName, string | null>>
  /** Whether the rootfs can be mounted with its owners seen through a user namespace's map (mount_setattr(2)). */
  readonly idmap: boolean
  /** Of the mount sources that the spec names, those that are no directory: their mount points are files. */
  readonly files: readonly string[]
}

/**
 * These facts, but for some. What is looked up when it is asked for stays so: a spread would ask for everything. They are
 * its own properties, because who writes them down (for a lab's attempt, in its sandbox) gets no others.
 */
export const factsBut = (facts: Facts, changes: Partial<Pick<Facts, 'idmap' | 'files' | 'cloneInto'>>): Facts =>
  Object.defineProperties({} as Facts, {
    ...Object.getOwnPropertyDescriptors(facts),
    ...Object.getOwnPropertyDescriptors(changes),
  })

const top = '/sys/fs/cgroup'

/** As on every current distribution. */
const unified: Hierarchy = {
  version: 2,
  point: top,
  own: `${top}/user.slice`,
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'],
  home: top,
  crowded: false,
}

const separate: readonly Hierarchy[] = [
  ['cpu', 'cpuacct'],
  ['cpuset'],
  ['memory'],
  ['pids'],
  ['blkio'],
  ['devices'],
  ['freezer'],
  ['hugetlb'],
].map(controllers => {
  const point = `${top}/${controllers.join(',')}`
  return { version: 1, point, own: point, controllers, home: point, crowded: false }
})

/** Beside v1, which has the controllers: it can still freeze and kill. */
const bare: Hierarchy = {
  version: 2,
  point: `${top}/unified`,
  own: `${top}/unified`,
  controllers: [],
  home: `${top}/unified`,
  crowded: false,
}

const modern: Facts = {
  version: 1,
  platform: 'linux',
  arch: 'x64',
  kernel: '6.8.0',
  uid: 0,
  gid: 0,
  userNamespace: {
    initial: true,
    uids: [{ start: 0, count: 2 ** 32 - 1 }],
    gids: [{ start: 0, count: 2 ** 32 - 1 }],
    setgroups: true,
  },
  timeNamespaces: true,
  lastCapability: 40,
  cgroup: 'v2',
  hierarchies: [unified],
  cpus: '0-3',
  mems: '0',
  cloneInto: true,
  limits: { swap: true, bfq: false },
  subuid: [{ start: 100000, count: 65536 }],
  subgid: [{ start: 100000, count: 65536 }],
  tools: {
    ip: '/usr/sbin/ip',
    nft: '/usr/sbin/nft',
    tc: '/usr/sbin/tc',
    nsenter: '/usr/bin/nsenter',
    newuidmap: '/usr/bin/newuidmap',
    newgidmap: '/usr/bin/newgidmap',
    pasta: '/usr/bin/pasta',
    slirp4netns: '/usr/bin/slirp4netns',
  },
  idmap: true,
  files: [],
}

/** Hosts of the three cgroup layouts, for planning where nothing can be probed. */
export const cannedFacts: Readonly<Record<Exclude<CgroupLayout, 'none'>, Facts>> = {
  v1: {
    ...modern,
    kernel: '4.18.0',
    lastCapability: 37,
    cgroup: 'v1',
    hierarchies: separate,
    cloneInto: false,
    idmap: false,
  },
  v2: modern,
  hybrid: { ...modern, cgroup: 'hybrid', hierarchies: [...separate, bare] },
}
