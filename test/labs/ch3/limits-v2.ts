/** The grader of ch3/limits-v2. */

import { parts } from '#chapters/ch3-cgroups/index'
import { cannedFacts, type Facts } from '#core/sys/facts'
import type { Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { folderOf, LimitJudge, MiB, nothing, type Situations, situation } from '../support/limit-cases.js'
import { kernelShows, limitsHold } from './limits-effects.js'

const facts = cannedFacts.v2
const [unified] = facts.hierarchies
/** A container in a container: the top is not ours. */
const nested: Facts = { ...facts, hierarchies: [{ ...unified!, home: '/sys/fs/cgroup/system.slice/box' }] }
const cpu = { quota: 50_000, period: 100_000 }
const memory = { limit: 64 * MiB }

const situations: Situations = {
  'half a processor': situation({ cpu }, facts, { 'cpu.max': '50000 100000' }),
  'a short period': situation({ cpu: { quota: 20_000, period: 25_000 } }, facts, { 'cpu.max': '20000 25000' }),
  'a quota alone': situation({ cpu: { quota: 150_000 } }, facts, { 'cpu.max': '150000 100000' }),
  'a period alone': situation({ cpu: { period: 40_000 } }, facts, { 'cpu.max': 'max 40000' }),
  'a quota of -1': situation({ cpu: { quota: -1, period: 50_000 } }, facts, { 'cpu.max': 'max 50000' }),
  'a quota of 0': situation({ cpu: { quota: 0, period: 50_000 } }, facts, { 'cpu.max': 'max 50000' }),
  'a period of 0': situation({ cpu: { quota: 30_000, period: 0 } }, facts, { 'cpu.max': '30000 100000' }),
  'a burst': situation({ cpu: { ...cpu, burst: 20_000 } }, facts, {
    'cpu.max': '50000 100000',
    'cpu.max.burst': '20000',
  }),
  'a limit of memory': situation({ memory }, facts, { 'memory.max': `${64 * MiB}` }),
  'a limit of -1': situation({ memory: { limit: -1 } }, facts, {}),
  'a reservation': situation({ memory: { ...memory, reservation: 32 * MiB } }, facts, {
    'memory.max': `${64 * MiB}`,
    'memory.low': `${32 * MiB}`,
  }),
  'a reservation of -1': situation({ memory: { reservation: -1 } }, facts, { 'memory.low': 'max' }),
  'swap beside memory': situation({ memory: { ...memory, swap: 96 * MiB } }, facts, {
    'memory.max': `${64 * MiB}`,
    'memory.swap.max': `${32 * MiB}`,
  }),
  'no swap': situation({ memory: { ...memory, swap: 64 * MiB } }, facts, {
    'memory.max': `${64 * MiB}`,
    'memory.swap.max': '0',
  }),
  'less in all than memory': situation({ memory: { ...memory, swap: 32 * MiB } }, facts, {
    'memory.max': `${64 * MiB}`,
    'memory.swap.max': '0',
  }),
  'swap of -1': situation({ memory: { ...memory, swap: -1 } }, facts, { 'memory.max': `${64 * MiB}` }),
  'swap, and memory of -1': situation({ memory: { limit: -1, swap: 80 * MiB } }, facts, {
    'memory.swap.max': `${80 * MiB}`,
  }),
  'swap alone': situation({ memory: { swap: 80 * MiB } }, facts, { 'memory.swap.max': `${80 * MiB}` }),
  'twenty processes': situation({ pids: { limit: 20 } }, facts, { 'pids.max': '20' }),
  'one process': situation({ pids: { limit: 1 } }, facts, { 'pids.max': '1' }),
  'processes: 0': situation({ pids: { limit: 0 } }, facts, {}),
  'processes: -1': situation({ pids: { limit: -1 } }, facts, {}),
  'everything, in a container': situation(
    { cpu, memory, pids: { limit: 7 } },
    nested,
    { 'cpu.max': '50000 100000', 'memory.max': `${64 * MiB}`, 'pids.max': '7' },
    { cgroupsPath: '/web/front' },
  ),
  nothing: nothing({}, facts),
  'empty wishes': nothing({ cpu: {}, memory: { limit: 0, swap: 0, reservation: 0 } }, facts),
  'everything, on v1': nothing({ cpu, memory, pids: { limit: 7 } }, cannedFacts.v1),
  'everything, on a hybrid': nothing({ cpu, memory, pids: { limit: 7 } }, cannedFacts.hybrid),
}
const places: Readonly<Record<string, string>> = {
  'everything, in a container': '/sys/fs/cgroup/system.slice/box/web/front',
}
const judge = new LimitJudge(situations, 'limitsV2', 2)

export const grader: Grader = {
  lab: 'ch3/limits-v2',
  about: ['write_cgroup'],
  around: parts,
  cases: situations,
  checks: [
    {
      id: 'in-its-own-directory',
      rung: 'plan',
      title: "every write goes to a file of the container's own cgroup",
      points: 1,
      judge: judge.each((one, writes) => {
        const name = Object.keys(situations).find(key => situations[key] === one)!
        const own = places[name] ?? '/sys/fs/cgroup/mini-docker/box'
        const astray = writes.filter(({ step }) => folderOf(step.path) !== own)
        if (astray.length === 0) return null
        const others = own.startsWith(`${folderOf(astray[0]!.step.path)}/`) ? ': a limit of others, too' : ''
        return [`a file right in ${own}`, `${astray[0]!.step.path}${others}`, astray]
      }),
    },
    {
      id: 'kernel-takes-each',
      rung: 'plan',
      title: 'every file is there, and is written what it can read',
      points: 1,
      judge: judge.taken,
    },
    {
      id: 'processor-time',
      rung: 'plan',
      title: 'cpu.max has quota and period, cpu.max.burst what may be saved up',
      points: 1,
      judge: judge.holds('cpu.max', 'cpu.max.burst'),
    },
    {
      id: 'memory',
      rung: 'plan',
      title: 'the limit is memory.max, the reservation memory.low',
      points: 1,
      judge: judge.holds('memory.max', 'memory.high', 'memory.low', 'memory.min'),
    },
    {
      id: 'swap-alone',
      rung: 'plan',
      title: 'memory.swap.max is swap without memory',
      points: 1,
      judge: judge.holds('memory.swap.max'),
    },
    {
      id: 'processes',
      rung: 'plan',
      title: 'pids.max is the number of processes, or max',
      points: 1,
      judge: judge.holds('pids.max'),
    },
    {
      id: 'nothing-unasked',
      rung: 'plan',
      title: 'what the spec leaves open is left alone',
      points: 1,
      judge: judge.unasked,
    },
    {
      id: 'kernel-shows-them',
      rung: 'effect',
      title: 'while it runs, the files hold what was asked for',
      points: 1,
      needs: ['root', 'cgroup v2'],
      judge: room => survived(() => kernelShows(room, 2)),
    },
    {
      id: 'limits-hold',
      rung: 'effect',
      title: 'who takes too much memory is killed, who makes too many processes is stopped',
      points: 1,
      needs: ['root', 'cgroup v2'],
      judge: room => survived(() => limitsHold(room)),
    },
  ],
}
