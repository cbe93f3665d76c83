/**
 * A process as /proc shows it from outside, while it waits between two steps of its plan: nothing here is worked out from
 * the plan. Where the answer depends on who asks (ids, links, the host name), the question is put from inside the namespace.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import {
  type Belonging,
  type LinkSeen,
  type MountSeen,
  type NamespaceKind,
  namespaceKinds,
  type State,
} from '../../../site/.vitepress/theme/toys/plan-data.js'
import { cgroupSeen } from './observe-cgroup.js'

const O_CLOEXEC = 0o2000000

const say = ([program, ...args]: readonly string[]): string => execFileSync(program!, args, { encoding: 'utf8' }).trim()
const linkOf = (path: string): string | null => {
  try {
    return fs.readlinkSync(path)
  } catch {
    return null
  }
}

/** Namespaces by numbers that are the same in every recording: the host's as the kernel numbers them, others in order. */
class Inodes {
  readonly #known = new Map<string, number>()
  #next = 4026532200

  of(link: string): number {
    const known = this.#known.get(link)
    if (known !== undefined) return known
    this.#known.set(link, this.#next++)
    return this.#next - 1
  }

  /** include/linux/proc_ns.h; mnt and net have none that is fixed. */
  host(kind: NamespaceKind, link: string): void {
    const first = { user: 37, mnt: 41, pid: 36, net: 40, uts: 38, ipc: 39, cgroup: 35, time: 34 }[kind]
    this.#known.set(link, 4026531800 + first)
  }
}

interface Status {
  readonly uid: number
  readonly gid: number
  readonly pids: readonly string[]
  readonly sessions: readonly string[]
  readonly umask: string
}

function parseStatus(text: string): Status {
  const field = (name: string): string[] => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.split(/\s+/) ?? []
  return {
    uid: Number(field('Uid')[1]),
    gid: Number(field('Gid')[1]),
    pids: field('NSpid'),
    sessions: field('NSsid'),
    umask: field('Umask')[0] ?? '',
  }
}

export class Observer {
  readonly #cgroup: string | null
  readonly #inodes = new Inodes()
  readonly #host: Readonly<Record<NamespaceKind, string>>
  readonly #rootfs: string
  /** What the root of the container is: a directory of the host, and once a file system is mounted there, that one. */
  readonly #roots = new Set<string>()
  /** Mounts that are copies of the host's: those that a mount namespace had when it was first seen. */
  #copied: { readonly namespace: string; readonly ids: ReadonlySet<string> } | undefined
  /** What `/` is to the host: the same directory in every copy of the mount. */
  readonly #hostRoot = identityOf('/')

  /** Files that whoever started the recording left open to everybody below. */
  readonly #inherited = new Set(fdsOf(process.pid).flatMap(([fd, closes]) => (closes ? [] : [fd])))

  /** @param cgroup the path of the container's cgroup, null when the plan makes none */
  constructor(rootfs: string, cgroup: string | null = null) {
    this.#rootfs = rootfs
    this.#cgroup = cgroup
    const entries = namespaceKinds.map(kind => [kind, linkOf(`/proc/self/ns/${kind}`)!] as const)
    for (const [kind, link] of entries) this.#inodes.host(kind, link)
    this.#host = Object.fromEntries(entries) as Record<NamespaceKind, string>
  }

  look(pid: number): State {
    const at = `/proc/${pid}`
    const links = Object.fromEntries(namespaceKinds.map(kind => [kind, linkOf(`${at}/ns/${kind}`)!])) as Record<
      NamespaceKind,
      string
    >
    const outside = parseStatus(fs.readFileSync(`${at}/status`, 'utf8'))
    const inside =
      links.user === this.#host.user
        ? outside
        : parseStatus(say(['nsenter', '--preserve-credentials', '-t', `${pid}`, '-U', 'cat', `${at}/status`]))
    const inUts = links.uts === this.#host.uts ? [] : ['nsenter', '-t', `${pid}`, '-u']
    const inNet = links.net === this.#host.net ? [] : ['nsenter', '-t', `${pid}`, '-n']
    const rootPath = linkOf(`${at}/root`)!
    const mounted = `${at}/root${this.#rootfs}`
    if (fs.existsSync(mounted)) this.#roots.add(identityOf(mounted))
    return {
      comm: fs.readFileSync(`${at}/comm`, 'utf8').trim(),
      pid: outside.pids.length > 1 ? Number(outside.pids.at(-1)) : null,
      session: outside.sessions[0] === outside.pids[0],
      ns: this.#belongings(pid, links),
      inodes: Object.fromEntries(namespaceKinds.map(kind => [kind, this.#inodes.of(links[kind])])) as State['inodes'],
      root: this.#sideOf(`${at}/root`),
      rootPath,
      cwdPath: linkOf(`${at}/cwd`)!,
      cwd: this.#sideOf(`${at}/cwd`),
      hostname: say([...inUts, 'hostname']),
      uid: inside.uid,
      gid: inside.gid,
      hostUid: outside.uid,
      uidMap: mapOf(`${at}/uid_map`),
      gidMap: mapOf(`${at}/gid_map`),
      umask: outside.umask,
      ...this.#mounts(pid, links.mnt),
      dev: this.#devices(pid),
      links: linksSeen(inNet),
      route: say([...inNet, 'ip', 'route', 'show', 'default']) || null,
      hostLinks: linksSeen([]).filter(({ name }) => name !== 'lo'),
      fds: fdsOf(pid).filter(([fd]) => !this.#inherited.has(fd)),
      ...(this.#cgroup === null ? {} : { cgroup: cgroupSeen(pid, this.#cgroup) }),
    }
  }

  #belongings(pid: number, links: Readonly<Record<NamespaceKind, string>>): State['ns'] {
    const of = (kind: NamespaceKind): Belonging => {
      if (links[kind] !== this.#host[kind]) return 'own'
      if (kind !== 'pid' && kind !== 'time') return 'host'
      // a pid namespace that waits for its first process cannot be read yet: it is not the host's
      return linkOf(`/proc/${pid}/ns/${kind}_for_children`) === this.#host[kind] ? 'host' : 'next'
    }
    return Object.fromEntries(namespaceKinds.map(kind => [kind, of(kind)])) as State['ns']
  }

  #sideOf(path: string): 'host' | 'rootfs' {
    return this.#roots.has(identityOf(path)) ? 'rootfs' : 'host'
  }

  #mounts(pid: number, namespace: string): Pick<State, 'hostMounts' | 'mounts'> {
    const text = fs.readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim()
    const rows = text === '' ? [] : text.split('\n').map(parseMount)
    if (namespace === this.#host.mnt) {
      const top = rows.find(({ seen }) => seen.at === '/')
      return { hostMounts: top?.seen.propagation ?? null, mounts: [] }
    }
    if (this.#copied?.namespace !== namespace) this.#copied = { namespace, ids: new Set(rows.map(({ id }) => id)) }
    const { ids } = this.#copied
    const copies = rows.filter(({ id }) => ids.has(id))
    const host = copies.find(({ device }) => device === this.#hostRoot.split(' ')[0])
    return {
      hostMounts: copies.length === 0 ? null : (host ?? copies[0])!.seen.propagation,
      mounts: rows.filter(({ id }) => !ids.has(id)).map(({ seen }) => seen),
    }
  }

  #devices(pid: number): string[] {
    const below = this.#sideOf(`/proc/${pid}/root`) === 'rootfs' ? '' : this.#rootfs
    const dev = `/proc/${pid}/root${below}/dev`
    return fs.existsSync(dev) ? fs.readdirSync(dev).sort() : []
  }
}

/** The device as mountinfo writes it, and the inode. */
function identityOf(path: string): string {
  const { dev, ino } = fs.statSync(path)
  return `${((dev >> 8) & 0xfff) | 0}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)} ${ino}`
}

const mapOf = (path: string): string[] =>
  fs
    .readFileSync(path, 'utf8')
    .split('\n')
    .flatMap(line => (line.trim() === '' ? [] : [line.trim().replace(/\s+/g, ' ')]))

interface Row {
  readonly id: string
  readonly device: string
  readonly seen: MountSeen
}

/** proc_pid_mountinfo(5) */
function parseMount(line: string): Row {
  const [before, after] = line.split(' - ') as [string, string]
  const [id, , device, root, at, options, ...tags] = before.split(' ') as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const has = (peer: string): boolean => (tags as string[]).some(tag => tag.startsWith(peer))
  const seen: MountSeen = {
    at: at.replace('\\040', ' '),
    type: after.split(' ')[0]!,
    ...(root === '/' ? {} : { root }),
    options: options.replace(/,?relatime/, ''),
    propagation: has('shared:') ? 'shared' : has('master:') ? 'slave' : 'private',
  }
  return { id, device, seen }
}

interface IpLink {
  readonly ifname: string
  readonly flags: readonly string[]
  readonly master?: string
  readonly addr_info: readonly { readonly family: string; readonly local: string; readonly prefixlen: number }[]
}

function linksSeen(prefix: readonly string[]): LinkSeen[] {
  const links = JSON.parse(say([...prefix, 'ip', '-json', 'address'])) as IpLink[]
  return links.map(({ ifname: name, flags, master, addr_info }) => ({
    name,
    up: flags.includes('UP'),
    addresses: addr_info.filter(({ family }) => family === 'inet').map(one => `${one.local}/${one.prefixlen}`),
    ...(master === undefined ? {} : { master }),
  }))
}

function fdsOf(pid: number): [number, boolean][] {
  return fs
    .readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .filter(fd => fd > 2 && linkOf(`/proc/${pid}/fd/${fd}`) !== null) // of its own files a process lists the list itself
    .sort((a, b) => a - b)
    .map(fd => {
      const flags = /^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))![1]!
      return [fd, (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0]
    })
}
