/**
 * The spec of a container that nobody said much about: which namespaces, which mounts. Pure: `run` turns its options into
 * one, and so can a test or a page. Source: runtime-spec config-linux.md "Default Filesystems"; `runc spec`.
 */

import { fail } from '#core/errors'
import {
  type IdMapping,
  type Mount,
  type NamespaceType,
  ociVersion,
  type Process,
  type Spec,
  type TimeOffset,
} from '#core/spec/runtime'
import type { Facts, IdRange } from '#core/sys/facts'
import { initAnnotation } from './supervisor.js'

export const defaultNamespaces: readonly NamespaceType[] = ['mount', 'pid', 'uts', 'ipc', 'network', 'cgroup', 'time']

export interface Wish {
  readonly rootfs: string
  readonly process: Process
  readonly namespaces?: readonly NamespaceType[]
  readonly hostname?: string
  readonly domainname?: string
  readonly readonlyRoot?: boolean
  /** After the default ones, in this order. */
  readonly mounts?: readonly Mount[]
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  readonly init?: boolean
  readonly timeOffsets?: { readonly monotonic?: TimeOffset; readonly boottime?: TimeOffset }
}

export function defaultSpec(wish: Wish, facts: Facts): Spec {
  // An ordinary user may make a namespace only inside a user namespace of its own: rootless is not an option but a need.
  const wanted = wish.namespaces ?? defaultNamespaces
  // a kernel without clocks of one's own is no reason not to start, unless they are to be set
  const asked = facts.timeNamespaces || wish.timeOffsets !== undefined ? wanted : wanted.filter(type => type !== 'time')
  const types: readonly NamespaceType[] = facts.uid !== 0 && !asked.includes('user') ? [...asked, 'user'] : asked
  const userns = types.includes('user')
  const uidMappings = userns ? (wish.uidMappings ?? ownMapOf(facts, 'uid')) : undefined
  const gidMappings = userns ? (wish.gidMappings ?? ownMapOf(facts, 'gid')) : undefined
  const { uids, gids } = facts.userNamespace
  refuseUnmapped(wish.process.user, uidMappings ?? asTheyAre(uids), gidMappings ?? asTheyAre(gids))
  refuseWithout('uts', types, 'hostname', wish.hostname)
  refuseWithout('time', types, 'time offset', wish.timeOffsets)
  refuseWithout('mount', types, 'mount', wish.mounts?.[0]?.destination)
  return {
    ociVersion,
    process: wish.process,
    root: { path: wish.rootfs, ...(wish.readonlyRoot === true ? { readonly: true } : {}) },
    ...(wish.hostname === undefined ? {} : { hostname: wish.hostname }),
    ...(wish.domainname === undefined ? {} : { domainname: wish.domainname }),
    mounts: types.includes('mount') ? [...defaultMounts(types, facts, gidMappings), ...(wish.mounts ?? [])] : [],
    ...(wish.init === true ? { annotations: { [initAnnotation]: 'true' } } : {}),
    linux: {
      namespaces: types.map(type => ({ type })),
      ...(uidMappings === undefined ? {} : { uidMappings }),
      ...(gidMappings === undefined ? {} : { gidMappings }),
      ...(wish.timeOffsets === undefined ? {} : { timeOffsets: wish.timeOffsets }),
    },
  }
}

/**
 * Root: the range that /etc/subuid gives it, or Docker's usual one. Others: their own id as root, then their range. Root of a
 * user namespace that lacks such a range has only the ids of that one to give away, and each keeps its number.
 */
function defaultMaps(
  id: number,
  here: readonly IdRange[],
  ranges: readonly IdRange[],
  tool: string | null,
): IdMapping[] {
  const range = ranges.find(one => isWithin(one, here))
  if (id === 0) {
    const whole = range ?? { start: 100000, count: 65536 }
    return isWithin(whole, here) ? [{ containerID: 0, hostID: whole.start, size: whole.count }] : asTheyAre(here)
  }
  const own = { containerID: 0, hostID: id, size: 1 }
  return range === undefined || tool === null
    ? [own]
    : [own, { containerID: 1, hostID: range.start, size: range.count }]
}

const asTheyAre = (here: readonly IdRange[]): IdMapping[] =>
  here.map(({ start, count }) => ({ containerID: start, hostID: start, size: count }))

const isWithin = (range: IdRange, here: readonly IdRange[]): boolean =>
  here.some(({ start, count }) => range.start >= start && range.start + range.count <= start + count)

/** How root maps the IDs of a container when nobody says so. */
export const ownMapOf = (
  { uid, gid, userNamespace, subuid, subgid, tools }: Facts,
  kind: 'uid' | 'gid',
): IdMapping[] =>
  kind === 'uid'
    ? defaultMaps(uid, userNamespace.uids, subuid, tools.newuidmap)
    : defaultMaps(gid, userNamespace.gids, subgid, tools.newgidmap)

export function defaultMounts(
  types: readonly NamespaceType[],
  { userNamespace }: Pick<Facts, 'userNamespace'>,
  gidMappings?: readonly IdMapping[],
): Mount[] {
  // whose root does not own the machine: nor what of it is not made anew
  const userns = types.includes('user') || !userNamespace.initial
  const safe = ['nosuid', 'noexec', 'nodev']
  // devpts gives new terminals to group 5, tty, on every distribution; one that is not mapped would be refused
  const ttyGroup = isMapped(5, gidMappings ?? asTheyAre(userNamespace.gids)) ? ['gid=5'] : []
  const mounts: Mount[] = [
    bindUnless(!userns || types.includes('pid'), { destination: '/proc', type: 'proc', source: 'proc', options: safe }),
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...ttyGroup],
    },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...safe, 'mode=1777', 'size=65536k'] },
  ]
  // the queues of an ipc namespace can be mounted only by who owns it
  if (!userns || types.includes('ipc')) {
    mounts.push({ destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: safe })
  }
  const sys: Mount = { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...safe, 'ro'] }
  mounts.push(bindUnless(!userns || types.includes('network'), sys))
  return mounts
}

/** proc and sysfs show a namespace: who does not own that may only see the host's mount a second time. */
const bindUnless = (owned: boolean, mount: Mount): Mount =>
  owned
    ? mount
    : { destination: mount.destination, source: mount.destination, options: ['rbind', ...(mount.options ?? [])] }

const isMapped = (id: number, maps: readonly IdMapping[]): boolean =>
  maps.some(({ containerID, size }) => id >= containerID && id < containerID + size)

function refuseUnmapped(user: Process['user'], uids: readonly IdMapping[], gids: readonly IdMapping[]): void {
  const check = (kind: string, id: number, maps: readonly IdMapping[]): void => {
    if (isMapped(id, maps)) return
    fail('InvalidArgument', {
      what: `--user: ${kind} ${id}`,
      why: 'is not mapped into the user namespace',
      hint: 'choose an id that is mapped, or map more: /etc/subuid and newuidmap, or --uidmap and --gidmap',
    })
  }
  check('uid', user.uid, uids)
  for (const gid of [user.gid, ...(user.additionalGids ?? [])]) check('gid', gid, gids)
}

function refuseWithout(type: NamespaceType, types: readonly NamespaceType[], what: string, value: unknown): void {
  if (value === undefined || types.includes(type)) return
  fail('InvalidArgument', {
    what: typeof value === 'string' ? `${what} '${value}'` : what,
    why: `without a ${type} namespace it would be the host's`,
    hint: `leave out --no-${type}`,
  })
}
