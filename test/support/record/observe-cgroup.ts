/** The cgroup of a container as its files show it, and whether a process is in it: in v2, and in each hierarchy of v1. */

import * as fs from 'node:fs'
import type { CgroupSeen } from '../../../site/.vitepress/theme/toys/plan-data.js'

const mounted = '/sys/fs/cgroup'
/** With the controller whose file it is, in the order in which they are shown. */
const limitFiles = [
  ['cpu', 'cpu.max'],
  ['cpu', 'cpu.cfs_quota_us'],
  ['memory', 'memory.max'],
  ['memory', 'memory.limit_in_bytes'],
  ['memory', 'memory.swap.max'],
  ['memory', 'memory.memsw.limit_in_bytes'],
  ['pids', 'pids.max'],
] as const
/** What v1 says for none: the most pages that there can be, in bytes. */
const unlimited = '9223372036854771712'

/** Directories of the hierarchies, by their controllers; the top itself is v2's where it has no others. */
function hierarchies(): { readonly controllers: readonly string[]; readonly top: string }[] {
  if (fs.existsSync(`${mounted}/cgroup.controllers`)) return [{ controllers: ['v2'], top: mounted }]
  return fs.readdirSync(mounted).map(name => ({ controllers: name.split(','), top: `${mounted}/${name}` }))
}

/** @param path below the top of each hierarchy; null when it is in none */
export function cgroupSeen(pid: number, path: string): CgroupSeen | null {
  const made = hierarchies().filter(({ top }) => fs.existsSync(top + path))
  if (made.length === 0) return null
  const lines = fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
  const isIn = (controller: string): boolean => {
    const own = lines.find(line =>
      line
        .split(':')[1]!
        .split(',')
        .includes(controller === 'v2' ? '' : controller),
    )
    return own?.split(':')[2] === path
  }
  const limits = limitFiles.flatMap(([controller, file]): [string, string][] => {
    const at = made.find(({ controllers }) => controllers.includes(controller) || controllers.includes('v2'))
    const full = `${at?.top}${path}/${file}`
    if (at === undefined || !fs.existsSync(full)) return []
    const value = fs.readFileSync(full, 'utf8').trim()
    return [[file, value === unlimited ? 'max' : value]]
  })
  const member = made.flatMap(({ controllers }) => controllers).filter(isIn)
  return { path, member: member.sort(), limits }
}
