/**
 * `node enter-room.js [--cgroups] PROGRAM [ARG…]`: runs a program of Node in a room of its own (room-plan.ts), with the one
 * directory that can be written to as its working directory. Exits as the program does.
 */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { passesOf } from '#core/chapter'
import { exitCodeOf } from '#core/cli/performed'
import { MiniDockerError } from '#core/errors'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { findStage, nativeExecutor } from '#core/exec/native'

import { States } from '#core/exec/state'
import { assemble } from '#core/plan/assemble'
import { probeFacts } from '#core/sys/probe'
import { randomId } from '#core/sys/random'
import { cgroupOfRoom, removeDeadRooms } from './room-cgroups.js'
import { roomParts, roomSpec } from './room-plan.js'

async function enter(words: readonly string[]): Promise<number> {
  const cgroup = words[0] === '--cgroups' ? cgroupOfRoom() : undefined
  const program = cgroup === undefined ? words : words.slice(1)
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-room.`)
  try {
    const facts = probeFacts()
    const env = ['MINI_DOCKER_ROOT', 'MINI_DOCKER_RUN', 'TMPDIR', 'HOME'].map(
      name => `${name}=${scratch}${name === 'MINI_DOCKER_ROOT' ? '/data' : name === 'MINI_DOCKER_RUN' ? '/run' : ''}`,
    )
    if (cgroup !== undefined) removeDeadRooms(facts)
    const spec = roomSpec({ scratch, args: [process.execPath, ...program], env, cgroup }, facts)
    const plan = assemble(passesOf(roomParts), spec, facts)
    const states = new States(`${scratch}/states`)
    const record = states.create({ id: randomId(), chapter: 'ch2', spec, undo: [] })
    const executor = nativeExecutor(findStage()!)
    const perform = host(`${scratch}/states`, facts).perform
    const outcome = await runContainer({ states, record, spec }, { plan, executor, perform, interactive: true })
    return await exitCodeOf(plan, outcome)
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

enter(process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  error => {
    process.stderr.write(`${error instanceof MiniDockerError ? error.line : error.stack}\n`)
    process.exitCode = 125
  },
)
