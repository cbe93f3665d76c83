/** The grader of ch3/limits-v1. */

import { parts } from '#chapters/ch3-cgroups/index'
import type { Resources } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import type { Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { folderOf, LimitJudge, leafOf, MiB, nothing, type Situations, situation } from '../support/limit-cases.js'
import { kernelShows, limitsHold } from './limits-effects.js'

const facts = cannedFacts.v1
/** A container in a container: in each hierarchy the top is not ours. */
const nested: Facts = {
  ...facts,
  hierarchies: facts.hierarchies.map(one => ({ ...one, home: `${one.point}/docker/box` })),
}
/** As an administrator may mount them; and the kernel has no huge pages and no block devices to limit. */
const odd: Facts = {
  ...facts,
  hierarchies: facts.hierarchies
    .filter(({ controllers: [name] }) => name !== 'hugetlb' && name !== 'blkio')
    .map(one => ({ ...one, home: `/cgroup/${one.controllers[0]!.slice(0, 3)}-${one.controllers.length}` })),
}
const above = { quota: 50_000, period: 100_000 }
const memory = { limit: 64 * MiB }
const all: Resources = {
  cpu: { quota: 50_000, period: 100_000, cpus: '0', mems: '0' },
  memory,
  pids: { limit: 7 },
}
const allHold = {
  'cpu.cfs_quota_us': '50000',
  'memory.limit_in_bytes': `${64 * MiB}`,
  'pids.max': '7',
  'cpuset.cpus': '0',
  'cpuset.mems': '0',
}

const situations: Situations = {
  everything: situation(all, facts, allHold),
  'everything, in a container': situation(all, nested, allHold, { cgroupsPath: '/web/front' }),
  'everything, mounted elsewhere': situation(all, odd, allHold),
  'half a processor': situation({ cpu: { quota: 50_000, period: 100_000 } }, facts, { 'cpu.cfs_quota_us': '50000' }),
  'a short period': situation({ cpu: { quota: 20_000, period: 25_000 } }, facts, {
    'cpu.cfs_quota_us': '20000',
    'cpu.cfs_period_us': '25000',
  }),
  'a long period below a limit': situation(
    { cpu: { quota: 400_000, period: 1_000_000 } },
    nested,
    { 'cpu.cfs_quota_us': '400000', 'cpu.cfs_period_us': '1000000' },
    { above },
  ),
  'a quota alone': situation({ cpu: { quota: 150_000 } }, facts, { 'cpu.cfs_quota_us': '150000' }),
  'a period alone': situation({ cpu: { period: 40_000 } }, facts, { 'cpu.cfs_period_us': '40000' }),
  'a quota of -1': situation({ cpu: { quota: -1, period: 50_000 } }, facts, { 'cpu.cfs_period_us': '50000' }),
  'a burst': situation({ cpu: { quota: 50_000, period: 100_000, burst: 20_000 } }, facts, {
    'cpu.cfs_quota_us': '50000',
    'cpu.cfs_burst_us': '20000',
  }),
  'a limit of memory': situation({ memory }, facts, { 'memory.limit_in_bytes': `${64 * MiB}` }),
  'a limit of -1': situation({ memory: { limit: -1, swap: -1 } }, facts, {}),
  'memory and swap': situation({ memory: { ...memory, swap: 96 * MiB } }, facts, {
    'memory.limit_in_bytes': `${64 * MiB}`,
    'memory.memsw.limit_in_bytes': `${96 * MiB}`,
  }),
  'no swap': situation({ memory: { ...memory, swap: 64 * MiB } }, facts, {
    'memory.limit_in_bytes': `${64 * MiB}`,
    'memory.memsw.limit_in_bytes': `${64 * MiB}`,
  }),
  'a reservation': situation({ memory: { ...memory, reservation: 32 * MiB } }, facts, {
    'memory.limit_in_bytes': `${64 * MiB}`,
    'memory.soft_limit_in_bytes': `${32 * MiB}`,
  }),
  'a reservation alone': situation({ memory: { reservation: 32 * MiB } }, facts, {
    'memory.soft_limit_in_bytes': `${32 * MiB}`,
  }),
  nothing: nothing({}, facts),
  'empty wishes': nothing({ cpu: { quota: 0, period: 0 }, memory: { limit: 0, swap: 0, reservation: 0 } }, facts),
  'everything, on v2': nothing(all, cannedFacts.v2),
}
const judge = new LimitJudge(situations, 'limitsV1', 1)

export const grader: Grader = {
  lab: 'ch3/limits-v1',
  about: ['write_cgroup'],
  around: parts,
  cases: situations,
  checks: [
    {
      id: 'each-in-its-hierarchy',
      rung: 'plan',
      title: "every write goes to the container's directory in the hierarchy of that controller",
      points: 2,
      judge: judge.each(({ spec, facts: { hierarchies } }, writes) => {
        const path = spec.linux!.cgroupsPath!
        for (const row of writes) {
          const [controller = ''] = leafOf(row.step.path).split('.')
          const home = hierarchies.find(
            ({ version, controllers }) => version === 1 && controllers.includes(controller),
          )?.home
          const own = `${home}${path}`
          if (home === undefined) return ['files of controllers that are there', row.step.path, [row]]
          if (folderOf(row.step.path) !== own) {
            return [`${leafOf(row.step.path)} is in ${own}, where ${controller} is mounted`, row.step.path, [row]]
          }
        }
        return null
      }),
    },
    {
      id: 'kernel-takes-each',
      rung: 'plan',
      title: 'every file is there, and what is written is taken, in this order',
      points: 2,
      judge: judge.taken,
    },
    {
      id: 'processor-time',
      rung: 'plan',
      title: 'quota, period and burst are three files',
      points: 1,
      judge: judge.holds('cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.cfs_burst_us'),
    },
    {
      id: 'memory-and-swap',
      rung: 'plan',
      title: 'memory has its limit, memory and swap together have theirs, and the reservation is soft',
      points: 1,
      judge: judge.holds('memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', 'memory.soft_limit_in_bytes'),
    },
    {
      id: 'all-that-is-asked-for',
      rung: 'plan',
      title: 'the limits of every controller are there, and nothing that nobody asked for',
      points: 1,
      judge: evidence => judge.holds('pids.max', 'cpuset.cpus', 'cpuset.mems')(evidence) ?? judge.unasked(evidence),
    },
    {
      id: 'kernel-shows-them',
      rung: 'effect',
      title: 'while it runs, the files hold what was asked for',
      points: 1,
      needs: ['root', 'cgroup v1'],
      judge: room => survived(() => kernelShows(room, 1)),
    },
    {
      id: 'limits-hold',
      rung: 'effect',
      title: 'who takes too much memory is killed, who makes too many processes is stopped',
      points: 1,
      needs: ['root', 'cgroup v1'],
      judge: room => survived(() => limitsHold(room)),
    },
  ],
}
