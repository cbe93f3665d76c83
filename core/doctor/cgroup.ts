/**
 * Cgroups: which hierarchies there are, and whether one's own directory can be made in them. It is made below
 * `mini-docker`, a process that does nothing joins it, and both go. No other cgroup is written to.
 * Source: cgroups(7); Documentation/admin-guide/cgroup-v2.rst, "Delegation".
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { removeEmpty } from '#core/exec/shared-cgroup'
import type { Hierarchy } from '#core/sys/hierarchies'
import { which } from '#core/sys/probe'
import { degraded, type Finding, type Machine, missing, ok, type Probe } from './check.js'
import { notQuiteRoot } from './remedy.js'
import { attempt } from './trial.js'

/** What ch3 sets limits with. v2's io is v1's blkio. */
const wanted = ['cpu', 'memory', 'pids', 'io', 'cpuset'] as const

export const controllers: Probe = {
  id: 'cgroup-controllers',
  what: 'cgroup controllers',
  chapters: ['ch3', 'ch6', 'ch7'],
  needed: [],
  loses: 'some limits',
  after: ['kernel'],
  look: ({ facts }) => {
    const there = facts.hierarchies.flatMap(({ controllers }) => controllers)
    const lacking = wanted.filter(name => !there.includes(name) && !(name === 'io' && there.includes('blkio')))
    if (lacking.length === 0) return ok(`${facts.cgroup}: ${wanted.join(', ')}`)
    if (lacking.length === wanted.length)
      return missing(`${facts.cgroup}: none`, 'mount -t cgroup2 cgroup2 /sys/fs/cgroup')
    return degraded(
      `${facts.cgroup}: no ${lacking.join(', ')}`,
      `boot with ${lacking.map(name => `cgroup_enable=${name}`).join(' ')}`,
    )
  },
}

export const ownCgroup: Probe = {
  id: 'cgroup',
  what: 'a cgroup of its own',
  chapters: ['ch3', 'ch6', 'ch7'],
  needed: ['ch3'],
  loses: 'limits, pause and statistics',
  after: ['koffi'],
  async look(machine) {
    const all = machine.facts.hierarchies
    if (all.length === 0)
      return missing('no cgroup hierarchy is mounted', 'sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup')
    const made = all.map(hierarchy => ({ name: nameOf(hierarchy), ...make(machine, hierarchy) }))
    try {
      const refused = made.filter(({ path }) => path === null)
      const names = (list: readonly { name: string; errno: string | null }[]): string =>
        list.map(({ name }) => name).join(', ')
      if (refused.length === made.length) return refusal(machine, refused[0]!.errno ?? 'EIO')
      // not a new v1 cpuset: it has no processors, and takes no process before it is given some
      const { path } =
        made.find(({ name, path }) => path !== null && /pids|v2/.test(name)) ?? made.find(({ path }) => path !== null)!
      const joined = await attempt(machine, [{ op: 'umask', mask: 0 }], {
        onStage: pid => fs.writeFileSync(`${path}/cgroup.procs`, String(pid)),
      })
      if (!joined.done)
        return { ...refusal(machine, joined.errno), found: `made, but cannot be joined: ${joined.said}` }
      if (refused.length === 0) return ok(`made and joined: ${names(made)}`)
      return degraded(`refused for ${names(refused)}: ${refused[0]!.errno}`, 'mount -o remount,rw these hierarchies')
    } finally {
      for (const { remove } of made) remove()
    }
  },
}

const nameOf = ({ version, controllers }: Hierarchy): string => (version === 2 ? 'v2' : controllers.join('+'))

interface Made {
  readonly path: string | null
  readonly errno: string | null
  readonly remove: () => void
}

/** At the top of the hierarchy, where root's go, else below the cgroup that we are in: it may have been delegated. */
function make({ scratch }: Machine, { point, own }: Hierarchy): Made {
  let errno: string | null = null
  for (const parent of new Set([point, own])) {
    const stem = `${parent}/mini-docker`
    const path = `${stem}/doctor-${process.pid}`
    try {
      const stemIsOurs = makeOne(stem)
      const remove = (): void => {
        removeOwn(path)
        if (stemIsOurs) removeShared(stem)
      }
      scratch.onEnd(remove) // should we be interrupted in between
      fs.mkdirSync(path)
      return { path, errno: null, remove }
    } catch (error) {
      errno ??= errnoOf(error) ?? 'EIO'
    }
  }
  return { path: null, errno, remove: () => undefined }
}

/** Only rmdir(2): it takes nothing that somebody else put there. EBUSY: it holds a stage that is about to end. */
function removeOwn(path: string): void {
  for (let tries = 0; tries < 50; tries++) {
    try {
      fs.rmdirSync(path)
      return
    } catch (error) {
      if (errnoOf(error) !== 'EBUSY') return // gone already
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

/** As runs do it: one that is about to make its own below keeps it by a lock. */
function removeShared(stem: string): void {
  try {
    removeEmpty(stem)
  } catch {
    // another mini-docker has its own in it, or will in a moment: it removes it in the end
  }
}

function refusal({ root, facts }: Machine, errno: string): Finding {
  if (root)
    return missing(`mkdir: ${errno}`, errno === 'EROFS' ? 'docker run --privileged --cgroupns=private …' : notQuiteRoot)
  const delegated = facts.cgroup === 'v2' && which('systemd-run') !== null
  const remedy = delegated
    ? 'systemd-run --user --scope -p Delegate=yes mini-docker ch3 run …'
    : 'sudo mini-docker ch3 run …'
  return { ...missing(`mkdir: ${errno}: no cgroup is delegated to this user`, remedy), rootCould: true }
}

/** Not with `recursive`: below a hierarchy that another mount hides, Node would never come back. @returns whether it is new */
function makeOne(directory: string): boolean {
  try {
    fs.mkdirSync(directory)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}
