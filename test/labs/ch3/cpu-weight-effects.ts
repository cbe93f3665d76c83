/** What the kernel makes of the shares of ch3/cpu-weight. */

import { randomInt } from 'node:crypto'
import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { directoriesOf, withController } from '#chapters/ch3-cgroups/index'
import { listOf } from '#chapters/ch3-cgroups/units'
import { probeFacts } from '#core/sys/probe'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { whileItRuns } from '../support/while-it-runs.js'
import { cgroupFile } from './limits-effects.js'

const versionOf = (controller: string): 1 | 2 =>
  withController(directoriesOf({ linux: { cgroupsPath: '/' } }, probeFacts()), controller)!.version

export async function kernelShowsTheShares(room: Room): Promise<Failure | null> {
  const v2 = versionOf('cpu') === 2
  const [shares, weight] = (
    [
      [randomInt(300, 4000), null],
      [512, 59],
      [4096, 303],
      [100, 17],
    ] as const
  )[v2 ? randomInt(1, 4) : 0]!
  const file = v2 ? 'cpu.weight' : 'cpu.shares'
  const value = `${weight ?? shares}`
  const flags = ['--cpu-shares', `${shares}`]
  const found = await whileItRuns(room, flags, ({ name }) => cgroupFile(room, name, file), { chapter: 'ch3' })
  return found === value
    ? null
    : { expected: `with ${flags.join(' ')}, ${file} holds ${value}`, found: `it holds ${found}` }
}

/** Processor time so far, in microseconds. */
const used = (room: Room, name: string): number =>
  versionOf('cpu') === 2
    ? Number(/^usage_usec (\d+)$/m.exec(cgroupFile(room, name, 'cpu.stat'))![1])
    : Number(cgroupFile(room, name, 'cpuacct.usage')) / 1000

const SECONDS = 1.5

/** Both on one processor: where it can be chosen, a random one. */
export async function sharesTheProcessor(room: Room): Promise<Failure | null> {
  const { hierarchies, cpus } = probeFacts()
  const processors = listOf(cpus) ?? [0]
  const canChoose = hierarchies.some(({ controllers }) => controllers.includes('cpuset'))
  const one = processors[randomInt(processors.length)]!
  // busy only while both are there and we look: a start takes long enough on a slow machine
  const signs = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(signs)
  const burn = (shares: number) => [
    ...['--cpu-shares', `${shares}`, '-v', `${signs}:/signs`],
    ...(canChoose ? ['--cpuset-cpus', `${one}`] : []),
  ]
  const manner = { chapter: 'ch3', doing: 'test -e /signs/go || sleep 0.05' } as const
  const [little, much] = await whileItRuns(
    room,
    burn(256),
    first =>
      whileItRuns(
        room,
        burn(1024),
        async second => {
          fs.writeFileSync(`${signs}/go`, '')
          await sleep(200)
          const before = [used(room, first.name), used(room, second.name)] as const
          await sleep(SECONDS * 1000)
          const after = [used(room, first.name), used(room, second.name)] as const
          fs.rmSync(`${signs}/go`)
          return [after[0] - before[0], after[1] - before[1]] as const
        },
        manner,
      ),
    manner,
  )
  const ratio = much / little
  // v2 rounds weights up, and others want the processor, too
  return ratio > 1.8 && ratio < 8
    ? null
    : {
        expected: 'of one processor, who has 1024 shares gets about as much more than who has 256',
        found: `${ratio.toFixed(1)} times as much`,
      }
}
