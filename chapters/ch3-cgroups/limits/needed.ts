/**
 * What a spec wants limited, and whether this machine can: a limit that nobody would keep is refused, not forgotten. Pure.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Resources, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directoriesOf } from '../cgroup/directories.js'

interface Need {
  readonly field: string
  readonly flag: string
  readonly isSet: (resources: Resources) => boolean
  /** The controller's name on v1 and on v2; null: there is no such thing. */
  readonly v1: string | null
  readonly v2: string | null
}

const has = (value: unknown): boolean => value !== undefined && value !== 0 && value !== ''

const needs: readonly Need[] = [
  need('cpu.shares', '--cpu-shares', ({ cpu }) => has(cpu?.shares), 'cpu', 'cpu'),
  need('cpu.quota', '--cpus', ({ cpu }) => has(cpu?.quota) || has(cpu?.period), 'cpu', 'cpu'),
  need('cpu.burst', '--cgroup-conf cpu.max.burst', ({ cpu }) => has(cpu?.burst), 'cpu', 'cpu'),
  need('cpu.idle', '--cgroup-conf cpu.idle', ({ cpu }) => cpu?.idle !== undefined, 'cpu', 'cpu'),
  need(
    'cpu.realtimeRuntime',
    '--cpu-rt-runtime',
    ({ cpu }) => has(cpu?.realtimeRuntime) || has(cpu?.realtimePeriod),
    'cpu',
    null,
  ),
  need('cpu.cpus', '--cpuset-cpus', ({ cpu }) => has(cpu?.cpus), 'cpuset', 'cpuset'),
  need('cpu.mems', '--cpuset-mems', ({ cpu }) => has(cpu?.mems), 'cpuset', 'cpuset'),
  need('memory.limit', '--memory', ({ memory }) => has(memory?.limit), 'memory', 'memory'),
  need('memory.swap', '--memory-swap', ({ memory }) => has(memory?.swap), 'memory', 'memory'),
  need('memory.reservation', '--memory-reservation', ({ memory }) => has(memory?.reservation), 'memory', 'memory'),
  need('memory.swappiness', '--memory-swappiness', ({ memory }) => memory?.swappiness !== undefined, 'memory', null),
  need(
    'memory.disableOOMKiller',
    '--oom-kill-disable',
    ({ memory }) => memory?.disableOOMKiller === true,
    'memory',
    null,
  ),
  need('pids.limit', '--pids-limit', ({ pids }) => pids !== undefined, 'pids', 'pids'),
  need(
    'blockIO',
    '--blkio-weight, --device-read-bps …',
    ({ blockIO }) => Object.keys(blockIO ?? {}).length > 0,
    'blkio',
    'io',
  ),
  need('hugepageLimits', 'in --spec', ({ hugepageLimits }) => (hugepageLimits ?? []).length > 0, 'hugetlb', 'hugetlb'),
  need('unified', '--cgroup-conf', ({ unified }) => Object.keys(unified ?? {}).length > 0, null, ''),
]

function need(field: string, flag: string, isSet: Need['isSet'], v1: string | null, v2: string | null): Need {
  return { field, flag, isSet, v1, v2 }
}

/** A pass that adds nothing, and refuses what no other could. @throws MiniDockerError Unsupported, FailedPrecondition */
export const refuseUnkept: Pass = (spec, facts) => {
  for (const wish of needs) if (wish.isSet(spec.linux?.resources ?? {})) refuseUnless(wish, spec, facts)
  return []
}

function refuseUnless({ field, flag, v1, v2 }: Need, spec: Spec, facts: Facts): void {
  const directories = directoriesOf(spec, facts)
  const what = `linux.resources.${field} (${flag})`
  if (directories.length === 0) {
    fail('FailedPrecondition', {
      what,
      why: facts.hierarchies.length === 0 ? 'no cgroup hierarchy is mounted' : 'the spec has no linux.cgroupsPath',
      hint: facts.hierarchies.length === 0 ? 'mount -t cgroup2 cgroup2 /sys/fs/cgroup' : 'say where: /mini-docker/NAME',
    })
  }
  const kept = directories.some(({ version, controllers }) => {
    const name = version === 1 ? v1 : v2
    return name === '' || (name !== null && controllers.includes(name))
  })
  if (kept) return
  const unified = facts.hierarchies.some(({ version, controllers }) => version === 2 && controllers.includes('memory'))
  const name = unified ? v2 : v1
  if (name === null || name === '') {
    fail('Unsupported', {
      what,
      why: `cgroup ${unified ? 'v2' : 'v1'} has nothing like it, and that is what this host has`,
      hint: 'leave it out',
    })
  }
  fail('Unsupported', {
    what,
    why: `this host has no controller '${name}'`,
    hint: 'mini-docker doctor says which there are, and how to get more; or leave it out',
  })
}
