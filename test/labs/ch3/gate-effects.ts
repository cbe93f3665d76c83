/** What the kernel shows of ch3/gate: who is counted where, and from when on. */

import { randomInt } from 'node:crypto'
import { directoriesOf } from '#chapters/ch3-cgroups/index'
import { processesIn } from '#core/exec/cgroup'
import { probeFacts } from '#core/sys/probe'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { told } from '../support/view.js'
import { whileItRuns } from '../support/while-it-runs.js'

export async function hostCountsIt(room: Room): Promise<Failure | null> {
  return whileItRuns(
    room,
    [],
    ({ name, pid }) => {
      const directories = directoriesOf({ linux: { cgroupsPath: name } }, probeFacts())
      const without = directories.filter(({ path }) => !processesIn(path).includes(pid))
      if (without.length > 0) {
        return { expected: `its process 1 in ${without[0]!.path}/cgroup.procs`, found: 'others, or none' }
      }
      const astray = room
        .read(`/proc/${pid}/cgroup`)
        .trim()
        .split('\n')
        .filter(line => !line.includes(':name=') && !line.endsWith(`/mini-docker/${name}`))
      return astray.length === 0
        ? null
        : { expected: `/proc/${pid}/cgroup names its own cgroup in every line`, found: astray.join(', ') }
    },
    { chapter: 'ch3' },
  )
}

/** The program forks at once, and more than it may: again and again, because who is late is not always late enough. */
export function limitsTheFirst(room: Room): Failure | null {
  for (let i = 0; i < 3; i++) {
    const limit = randomInt(3, 6)
    const free = room.nonce()
    const script = `${'sleep 2 & '.repeat(limit)}echo ${free}`
    const ran = room.run([
      'ch3',
      'run',
      '--rootfs',
      room.rootfs(),
      '--pids-limit',
      `${limit}`,
      '--',
      'sh',
      '-c',
      script,
    ])
    if (ran.stdout.includes(free)) {
      return { expected: `with --pids-limit ${limit}, a shell cannot start ${limit} programs`, found: told(ran) }
    }
    if (ran.code === 125) return { expected: 'a container that starts', found: told(ran) }
  }
  return null
}
