/** What the kernel shows of ch3's limits, and what comes of them. */

import { randomInt } from 'node:crypto'
import { directoriesOf, withController } from '#chapters/ch3-cgroups/index'
import { probeFacts } from '#core/sys/probe'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { told } from '../support/view.js'
import { whileItRuns } from '../support/while-it-runs.js'

const MiB = 2 ** 20

/** A file of a container's cgroup, as its host sees it. */
export function cgroupFile(room: Room, name: string, file: string): string {
  const directories = directoriesOf({ linux: { cgroupsPath: name } }, probeFacts())
  const directory = withController(directories, file.split('.')[0]!)!
  return room.read(`${directory.path}/${file}`).trim()
}

export async function kernelShows(room: Room, version: 1 | 2): Promise<Failure | null> {
  const { limits } = probeFacts()
  // a quota of more than one processor, which is not to keep the container from starting
  const [period, quota, pids] = [randomInt(20, 50) * 1000, randomInt(60, 90) * 1000, randomInt(20, 90)]
  const [memory, swap, reservation] = [randomInt(40, 60) * MiB, randomInt(8, 16) * MiB, randomInt(20, 30) * MiB]
  const flags = [
    ...['--cpu-period', `${period}`, '--cpu-quota', `${quota}`, '--pids-limit', `${pids}`],
    ...['--memory', `${memory}`, '--memory-reservation', `${reservation}`],
    ...(limits.swap ? ['--memory-swap', `${memory + swap}`] : []),
  ]
  const wanted =
    version === 2
      ? {
          'cpu.max': `${quota} ${period}`,
          'memory.max': `${memory}`,
          'memory.low': `${reservation}`,
          ...(limits.swap ? { 'memory.swap.max': `${swap}` } : {}),
          'pids.max': `${pids}`,
        }
      : {
          'cpu.cfs_period_us': `${period}`,
          'cpu.cfs_quota_us': `${quota}`,
          'memory.limit_in_bytes': `${memory}`,
          'memory.soft_limit_in_bytes': `${reservation}`,
          ...(limits.swap ? { 'memory.memsw.limit_in_bytes': `${memory + swap}` } : {}),
          'pids.max': `${pids}`,
        }
  return whileItRuns(
    room,
    flags,
    ({ name }) => {
      for (const [file, value] of Object.entries(wanted)) {
        const found = cgroupFile(room, name, file)
        if (found !== value)
          return { expected: `with ${flags.join(' ')}, ${file} holds ${value}`, found: `it holds ${found}` }
      }
      return null
    },
    { chapter: 'ch3' },
  )
}

/** dd keeps one block in memory, all of it. */
const eat = (mebibytes: number): string[] => ['dd', 'if=/dev/zero', 'of=/dev/null', `bs=${mebibytes}M`, 'count=1']
const run = (room: Room, flags: readonly string[], command: readonly string[]) =>
  room.run(['ch3', 'run', '--rootfs', room.rootfs(), ...flags, '--', ...command])

export function limitsHold(room: Room): Failure | null {
  const memory = randomInt(32, 48)
  const flags = ['--memory', `${memory}m`, ...(probeFacts().limits.swap ? ['--memory-swap', `${memory}m`] : [])]
  const modest = run(room, flags, eat(memory - 20))
  if (modest.code !== 0)
    return { expected: `with --memory ${memory}m, ${memory - 20} MiB can be had`, found: told(modest) }
  const greedy = run(room, flags, eat(memory + 20))
  if (greedy.code !== 137) {
    return {
      expected: `with --memory ${memory}m, who takes ${memory + 20} MiB is killed: exit 137`,
      found: told(greedy),
    }
  }
  return bombStops(room, randomInt(6, 20))
}

/** It prints how many it could start, one line each; with itself there are as many as may be. */
function bombStops(room: Room, limit: number): Failure | null {
  const bomb = `i=0; while test $i -lt ${limit + 5}; do sleep 3 & i=$((i + 1)); echo $i; done`
  const ran = run(room, ['--pids-limit', `${limit}`], ['sh', '-c', bomb])
  const made = ran.stdout.trim().split('\n').at(-1)
  return made === `${limit - 1}`
    ? null
    : {
        expected: `with --pids-limit ${limit}, a shell can start ${limit - 1} programs`,
        found: `it started ${made}: ${told(ran)}`,
      }
}
