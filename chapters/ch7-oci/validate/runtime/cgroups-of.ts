/** Where a process is in the cgroup hierarchies, looked at from outside. Source: cgroups(7), /proc/pid/cgroup. */

import * as fs from 'node:fs'
import type { Facts } from '#core/sys/facts'
import { broken, skip } from './check.js'

/** Its directories, one in each hierarchy that has controllers. */
export function cgroupsOf(pid: number, { hierarchies }: Facts): string[] {
  const lines = fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')
  return lines.flatMap(line => {
    const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    const hierarchy = hierarchies.find(({ version, controllers }) =>
      version === 2 ? names === '' && controllers.length > 0 : controllers.includes(names.split(',')[0]!),
    )
    return hierarchy === undefined ? [] : [`${hierarchy.point}${path}`]
  })
}

/** What a file of its cgroup says. @param names on v1 and on v2 */
export function limitOf(pid: number, facts: Facts, names: { readonly v1: string; readonly v2: string }): string {
  const directories = cgroupsOf(pid, facts)
  for (const directory of directories) {
    for (const name of [names.v1, names.v2]) {
      const file = `${directory}/${name}`
      if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8').trim()
    }
  }
  return directories.length === 0 ? skip('no cgroups here') : broken(`no ${names.v1} or ${names.v2} in its cgroups`)
}

/** A controller, by its name on v2, in whichever version this machine has it. */
export const needsController =
  (...names: readonly string[]) =>
  ({ hierarchies }: Facts): string | null =>
    hierarchies.some(({ controllers }) => names.some(name => controllers.includes(name)))
      ? null
      : `no cgroup controller ${names[0]}`
