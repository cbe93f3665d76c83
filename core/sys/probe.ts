/** Probes the facts of this host. Cheap (a few small files, no process): it stands on the path of every run. */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { type CgroupLayout, cannedFacts, type Facts, type IdRange, type ToolName, type UserNamespace } from './facts.js'
import { type Hierarchy, leafName, placesOf, withoutLeaf } from './hierarchies.js'
import { isAtLeast } from './kernel-version.js'

const toolNames: readonly ToolName[] = ['ip', 'nft', 'tc', 'nsenter', 'newuidmap', 'newgidmap', 'pasta', 'slirp4netns']

/**
 * The facts of this host; on anything but Linux a planned-for host of the newest kind. Most runs need only some of them:
 * the files that say the others are read when somebody asks.
 */
export function probeFacts(): Facts {
  if (process.platform !== 'linux') return cannedFacts.v2
  const uid = process.geteuid!()
  return askedOnce({
    version: 1,
    platform: process.platform,
    arch: process.arch === 'arm64' ? 'arm64' : 'x64',
    get kernel() {
      return readText('/proc/sys/kernel/osrelease').trim()
    },
    uid,
    gid: process.getegid!(),
    userNamespace: ownUserNamespace(),
    get timeNamespaces() {
      return fs.existsSync('/proc/self/ns/time')
    },
    get lastCapability() {
      return Number(readText('/proc/sys/kernel/cap_last_cap'))
    },
    get cgroup() {
      return cgroupLayout(readText('/proc/self/mountinfo'))
    },
    get hierarchies() {
      return probeHierarchies()
    },
    get cpus() {
      return ownSet(this.hierarchies, 'cpus', '/sys/devices/system/cpu/online')
    },
    get mems() {
      return ownSet(this.hierarchies, 'mems', '/sys/devices/system/node/online')
    },
    get cloneInto() {
      return isAtLeast(this.kernel, 5, 7)
    },
    get limits() {
      const all: readonly Hierarchy[] = this.hierarchies
      const at = (name: string): string => all.find(({ controllers }) => controllers.includes(name))?.home ?? '/'
      const v2 = all.some(({ version, controllers }) => version === 2 && controllers.includes('memory'))
      return {
        swap: fs.existsSync(v2 ? '/proc/swaps' : `${at('memory')}/memory.memsw.limit_in_bytes`),
        bfq: fs.existsSync('/sys/module/bfq') || fs.existsSync(`${at('blkio')}/blkio.bfq.io_serviced`),
      }
    },
    get subuid() {
      return subordinateIds(readText('/etc/subuid'), uid)
    },
    get subgid() {
      return subordinateIds(readText('/etc/subgid'), uid)
    },
    tools: lookedUpWhenAsked(toolNames, which),
    idmap: false, // costs a process: who needs it asks core/exec/probe-idmap
    files: [],
  })
}

/** What is read is kept: a dozen passes ask, and while one plan is made the machine stays as it is. */
function askedOnce(facts: Facts): Facts {
  const descriptors = Object.getOwnPropertyDescriptors(facts)
  for (const descriptor of Object.values(descriptors) as PropertyDescriptor[]) {
    const { get } = descriptor
    if (get === undefined) continue
    let answer: { readonly value: unknown } | undefined
    descriptor.get = function (this: Facts) {
      answer ??= { value: get.call(this) }
      return answer.value
    }
  }
  return Object.defineProperties({} as Facts, descriptors)
}

function probeHierarchies(): Hierarchy[] {
  const places = placesOf(readText('/proc/self/mountinfo'), readText('/proc/self/cgroup'))
  const all = places.map((place): Hierarchy => {
    const home = canMakeIn(place.point) || !fs.existsSync(place.own) ? place.point : withoutLeaf(place.own)
    if (place.version === 1) return { ...place, home, crowded: false }
    const controllers = words(readText(`${home}/cgroup.controllers`))
    return { ...place, controllers, home, crowded: isCrowded(home) }
  })
  const known = all.map(hierarchy => ({ ...hierarchy, ...whyClosed(hierarchy.home) }))
  return known.sort((a, b) => a.version - b.version)
}

/** cgroup-v2.rst "cgroup.type": a file of every cgroup but the machine's root. */
const isCrowded = (home: string): boolean =>
  fs.existsSync(`${home}/cgroup.type`) &&
  (fs.existsSync(`${home}/${leafName}`) || readText(`${home}/cgroup.procs`) !== '')

export const canMakeIn = (directory: string): boolean => whyClosed(directory).closed === undefined

function whyClosed(directory: string): Pick<Hierarchy, 'closed'> {
  try {
    fs.accessSync(directory, fs.constants.W_OK)
    return {}
  } catch (error) {
    return { closed: errnoOf(error) === 'EROFS' ? 'EROFS' : 'EACCES' }
  }
}

const words = (line: string): string[] => line.split(/\s+/).filter(word => word !== '')

/** What the cpuset at home allows; without that controller all there is. */
function ownSet(hierarchies: readonly Hierarchy[], kind: 'cpus' | 'mems', all: string): string {
  const cpuset = hierarchies.find(({ controllers }) => controllers.includes('cpuset'))
  const file = cpuset?.version === 1 ? `cpuset.${kind}` : `cpuset.${kind}.effective`
  return (cpuset === undefined ? '' : readText(`${cpuset.home}/${file}`).trim()) || readText(all).trim() || '0'
}

/** Each is looked up when somebody reads it: most runs need none. */
function lookedUpWhenAsked<Name extends string, T>(names: readonly Name[], lookUp: (name: Name) => T): Record<Name, T> {
  const found = new Map<Name, T>()
  const all = {}
  for (const name of names) {
    const get = (): T => {
      if (!found.has(name)) found.set(name, lookUp(name))
      return found.get(name)!
    }
    Object.defineProperty(all, name, { enumerable: true, get })
  }
  return all as Record<Name, T>
}

function ownUserNamespace(): UserNamespace {
  const initial = isInitialUserNamespace(linkOf('/proc/self/ns/user'))
  // the first one's map is the whole range, and needs no reading
  const ids = (file: 'uid_map' | 'gid_map'): IdRange[] => idsIn(initial ? '' : readText(`/proc/self/${file}`))
  const lookUps: { readonly [K in keyof UserNamespace]: () => UserNamespace[K] } = {
    initial: () => initial,
    uids: () => ids('uid_map'),
    gids: () => ids('gid_map'),
    setgroups: () => readText('/proc/self/setgroups').trim() !== 'deny',
  }
  const names = Object.keys(lookUps) as (keyof UserNamespace)[]
  return lookedUpWhenAsked<keyof UserNamespace, unknown>(names, name => lookUps[name]()) as unknown as UserNamespace
}

/** include/linux/proc_ns.h, PROC_USER_INIT_INO. A kernel without user namespaces has no link, and everyone is in the first. */
export const isInitialUserNamespace = (link: string): boolean => link === '' || link === `user:[${0xeffffffd}]`

/** user_namespaces(7), "User and group ID mappings": lines `inside outside count`. */
export function idsIn(map: string): IdRange[] {
  const all = { start: 0, count: 2 ** 32 - 1 }
  if (map === '') return [all] // no such file: no user namespaces
  const lines = map.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => {
    const [start, , count] = line.trim().split(/\s+/).map(Number)
    return { start: start!, count: count! }
  })
}

function linkOf(path: string): string {
  try {
    return fs.readlinkSync(path)
  } catch {
    return ''
  }
}

function readText(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return '' // what cannot be read offers nothing
  }
}

/** proc_pid_mountinfo(5): the file system's type follows the separator " - ". */
export function cgroupLayout(mountinfo: string): CgroupLayout {
  const v1 = mountinfo.includes(' - cgroup ')
  const v2 = mountinfo.includes(' - cgroup2 ')
  if (v1) return v2 ? 'hybrid' : 'v1'
  return v2 ? 'v2' : 'none'
}

/** subuid(5): lines `name-or-uid:start:count`. */
export function subordinateIds(text: string, uid: number, name?: string): IdRange[] {
  const lines = text.split('\n').filter(line => line !== '')
  const ownName = lines.length === 0 ? undefined : (name ?? userName(uid))
  return lines.flatMap(line => {
    const [owner, start, count] = line.split(':')
    if (owner === undefined || (owner !== ownName && owner !== String(uid))) return []
    const range = { start: Number(start), count: Number(count) }
    return Number.isSafeInteger(range.start) && range.count > 0 ? [range] : []
  })
}

function userName(uid: number): string | undefined {
  const line = readText('/etc/passwd')
    .split('\n')
    .find(entry => entry.split(':')[2] === String(uid))
  return line?.split(':')[0]
}

/** The program's absolute path by $PATH, then by where administrators' tools live (an ordinary user's PATH lacks them). */
export function which(name: string): string | null {
  const places = new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'])
  for (const place of places) {
    const path = `${place}/${name}`
    // asked before tried: an exception for every directory that lacks it would cost more than all the rest
    if (place.startsWith('/') && fs.existsSync(path) && isExecutable(path)) return path
  }
  return null
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}
