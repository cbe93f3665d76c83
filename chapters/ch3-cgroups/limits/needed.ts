/**
 * What a spec wants limited, and whether this machine can: a limit that nobody would keep is refused, not forgotten. Pure.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Resources, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Hierarchy } from '#core/sys/hierarchies'
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
  need('memory.kernelTCP', 'in --spec', ({ memory }) => (memory?.kernelTCP ?? 0) > 0, 'memory', null),
  need('network.classID', 'in --spec', ({ network }) => has(network?.classID), 'net_cls', null),
  need('network.priorities', 'in --spec', ({ network }) => (network?.priorities ?? []).length > 0, 'net_prio', null),
  need('rdma', 'in --spec', ({ rdma }) => Object.keys(rdma ?? {}).length > 0, 'rdma', 'rdma'),
  need('pids.limit', '--pids-limit', ({ pids }) => pids !== undefined, 'pids', 'pids'),
  need(
    'blockIO',
    '--blkio-weight, --device-read-bps …',
    ({ blockIO }) => Object.keys(blockIO ?? {}).length > 0,
    'blkio',
    'io',
  ),
  need('hugepageLimits', 'in --spec', ({ hugepageLimits }) => (hugepageLimits ?? []).length > 0, 'hugetlb', 'hugetlb'),
]

function need(field: string, flag: string, isSet: Need['isSet'], v1: string | null, v2: string | null): Need {
  return { field, flag, isSet, v1, v2 }
}

/** A pass that adds nothing, and refuses what no other could. @throws MiniDockerError Unsupported, FailedPrecondition */
export const refuseUnkept: Pass = (spec, facts) => {
  const resources = spec.linux?.resources ?? {}
  const wishes = [...needs, ...Object.keys(resources.unified ?? {}).map(fileOfV2)]
  for (const wish of wishes) if (wish.isSet(resources)) refuseUnless(wish, spec, facts)
  return []
}

/** A file that is asked for by its name: its first word is the controller's. Those of cgroup itself every v2 has. */
const fileOfV2 = (file: string): Need => {
  const controller = file.slice(0, file.indexOf('.'))
  return need(`unified.'${file}'`, `--cgroup-conf ${file}`, () => true, null, controller === 'cgroup' ? '' : controller)
}

function refuseUnless({ field, flag, v1, v2 }: Need, spec: Spec, facts: Facts): void {
  const keeps = ({ version, controllers }: Hierarchy): boolean => {
    const name = version === 1 ? v1 : v2
    return name === '' || (name !== null && controllers.includes(name))
  }
  if (directoriesOf(spec, facts).some(keeps)) return
  const what = `linux.resources.${field} (${flag})`
  const [first] = facts.hierarchies
  if (first === undefined) {
    fail('FailedPrecondition', {
      what,
      why: 'no cgroup hierarchy is mounted',
      hint: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    })
  }
  if (spec.linux?.cgroupsPath === undefined) {
    fail('FailedPrecondition', { what, why: 'the spec has no linux.cgroupsPath', hint: 'say where: /mini-docker/NAME' })
  }
  const closed = facts.hierarchies.find(keeps)
  if (closed !== undefined) refuseClosed(what, closed)
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

/** Its controller is there, and no cgroup can be made for it. */
function refuseClosed(what: string, { version, point, home, closed }: Hierarchy): never {
  if (closed === 'EROFS') {
    return fail('FailedPrecondition', {
      what,
      why: `'${home}' is mounted read-only`,
      hint: `mount -o remount,rw ${point}; a container of Docker is started with --privileged --cgroupns=private`,
    })
  }
  return fail('FailedPrecondition', {
    what,
    why: `'${home}' is not ours to write to`,
    hint:
      version === 1 ? 'sudo: v1 is not delegated' : 'sudo, or systemd-run --user --scope -p Delegate=yes mini-docker …',
  })
}
