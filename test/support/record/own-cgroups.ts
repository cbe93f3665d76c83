/**
 * Cgroups of the machine's own: one in each hierarchy of v1, which is the top for whoever looks from its cgroup namespace. So
 * paths are the same wherever something is recorded, and nobody else's container has the same name. On pure v2 it has none: a cgroup
 * with processes in it enables no controllers for those below, and the top is the only one that may.
 */

import * as fs from 'node:fs'
import { removeCgroup } from '#core/exec/cgroup'
import type { Hierarchy } from '#core/sys/hierarchies'
import { probeFacts } from '#core/sys/probe'

/** Without these there is nothing to record of limits. */
const needed = ['cpu', 'cpuacct', 'memory', 'pids', 'freezer'] as const

const isV1 = ({ version }: Hierarchy): boolean => version === 1

/** What this machine lacks to show limits, null when nothing. */
export function missingForCgroups(): string | null {
  const found = probeFacts()
    .hierarchies.filter(isV1)
    .flatMap(({ controllers }) => controllers)
  const missing = needed.find(name => !found.includes(name))
  return missing === undefined ? null : `the ${missing} controller of cgroup v1`
}

export interface OwnCgroups {
  readonly directories: readonly string[]
  /** As `mount -o` takes them, one word a hierarchy; `v2` where there is that alone. */
  readonly hierarchies: string
  remove(): void
}

export function makeOwnCgroups(): OwnCgroups {
  const { cgroup, hierarchies } = probeFacts()
  const made = hierarchies
    .filter(isV1)
    .map(hierarchy => ({ ...hierarchy, path: `${hierarchy.home}/mini-docker-record-${process.pid}` }))
  for (const { path, home, controllers } of made) {
    fs.mkdirSync(path)
    if (controllers.includes('cpuset')) {
      // a new one has no processor, and takes no process in
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        fs.writeFileSync(`${path}/${file}`, fs.readFileSync(`${home}/${file}`))
    }
    // what others do on this machine is not to be in the curves
    if (controllers.includes('cpu')) fs.writeFileSync(`${path}/cpu.shares`, '262144')
  }
  return {
    directories: made.map(({ path }) => path),
    hierarchies: cgroup === 'v2' ? 'v2' : made.map(({ controllers }) => controllers.join(',')).join(' '),
    remove: () => {
      for (const { path } of made) removeCgroup(path)
    },
  }
}
