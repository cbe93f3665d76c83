/** Probes the facts of this host. Cheap (a few small files, no process): it stands on the path of every run. */

import * as fs from 'node:fs'
import { type CgroupLayout, cannedFacts, type Facts, type IdRange, type ToolName } from './facts.js'

const toolNames: readonly ToolName[] = ['ip', 'nft', 'nsenter', 'newuidmap', 'newgidmap', 'pasta', 'slirp4netns']

/** The facts of this host; on anything but Linux a planned-for host of the newest kind. */
export function probeFacts(): Facts {
  if (process.platform !== 'linux') return cannedFacts.v2
  const uid = process.geteuid!()
  return {
    version: 1,
    platform: process.platform,
    arch: process.arch === 'arm64' ? 'arm64' : 'x64',
    kernel: readText('/proc/sys/kernel/osrelease').trim(),
    uid,
    gid: process.getegid!(),
    cgroup: cgroupLayout(readText('/proc/self/mountinfo')),
    subuid: subordinateIds(readText('/etc/subuid'), uid),
    subgid: subordinateIds(readText('/etc/subgid'), uid),
    tools: lookedUpWhenAsked(),
    idmap: false, // costs a process: who needs it asks core/exec/probe-idmap
    files: [],
  }
}

/** Each tool is searched for when somebody reads where it is: most runs need none. */
function lookedUpWhenAsked(): Facts['tools'] {
  const found = new Map<ToolName, string | null>()
  const tools = {}
  for (const name of toolNames) {
    const get = (): string | null => {
      if (!found.has(name)) found.set(name, which(name))
      return found.get(name) ?? null
    }
    Object.defineProperty(tools, name, { enumerable: true, get })
  }
  return tools as Facts['tools']
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
  const v1 = / - cgroup /.test(mountinfo)
  const v2 = / - cgroup2 /.test(mountinfo)
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
