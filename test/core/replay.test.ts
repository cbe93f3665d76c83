import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { host } from '#core/exec/host'
import { cleanUp, replayDead } from '#core/exec/replay'
import { type ContainerRecord, States } from '#core/exec/state'
import type { HostStep } from '#core/plan/step'
import { cannedFacts } from '#core/sys/facts'
import { identify } from '#core/sys/identity'
import { needs } from '#support/needs'
import { deadOwner, withRunDirectory } from '#support/run-directory'

const onLinux = needs('linux')
const step = (path: string): HostStep => ({ op: 'remove_file', path, phase: 'prepare', why: 'test', by: 'test' })
const undo = [step('a'), step('b'), step('c')]
const create = (states: States, id: string): ContainerRecord => states.create({ id, chapter: 'ch2', spec: null, undo })

/** Performs by remembering, and throws at the paths named. */
function recorder(...failing: readonly string[]) {
  const done: string[] = []
  const perform = (performed: HostStep): undefined => {
    const path = 'path' in performed ? performed.path : performed.op
    if (failing.includes(path)) throw new Error(`no ${path}`)
    done.push(path)
  }
  return { done, perform }
}

onLinux('cleanUp performs the undo list in order when all goes well', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const { done, perform } = recorder()
    cleanUp(states, create(states, 'web'), perform)
    assert.equal(done, ['a', 'b', 'c'])
    assert.is(states.read('web'), null)
  }),
)

onLinux('cleanUp goes on when a step fails, and throws the first error at the end', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const { done, perform } = recorder('a', 'b')
    const record = create(states, 'web')
    assert.throws(() => cleanUp(states, record, perform), /^no a$/)
    assert.equal(done, ['c'])
    assert.is(states.read('web'), null, 'the container is forgotten all the same')
  }),
)

onLinux('cleanUp does no harm when it is done twice', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const { perform } = host(run, cannedFacts.v2)
    const file = `${run}/made`
    fs.writeFileSync(file, '')
    const record = { ...create(states, 'web'), undo: [step(file)] }
    cleanUp(states, record, perform)
    assert.not(fs.existsSync(file))
    cleanUp(states, record, perform)
  }),
)

onLinux('cleanUp ends the container when it still runs', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    cleanUp(states, { ...create(states, 'web'), init: identify(child.pid!) }, recorder().perform)
    assert.equal(await ended, [null, 'SIGKILL'])
  }),
)

onLinux('cleanUp leaves a process alone when it only has the number of init', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const record = { ...create(states, 'web'), init: { ...identify(process.pid)!, startTime: '1' } }
    cleanUp(states, record, recorder().perform) // we are still here
    assert.is(states.read('web'), null)
  }),
)

onLinux('replayDead takes back what the dead left when others live', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const owner = await deadOwner()
    create(states, 'alive')
    for (const id of ['one', 'two']) states.update({ ...create(states, id), owner })
    const { done, perform } = recorder()
    replayDead(states, perform, error => assert.unreachable(String(error)))
    assert.equal(done, ['a', 'b', 'c', 'a', 'b', 'c'])
    assert.equal(
      states.list().map(({ id }) => id),
      ['alive'],
    )
    replayDead(states, perform, error => assert.unreachable(String(error)))
    assert.is(done.length, 6, 'once is enough')
  }),
)

onLinux('replayDead goes on to the next when one container cannot be taken back whole', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const owner = await deadOwner()
    for (const id of ['one', 'two']) states.update({ ...create(states, id), owner })
    const errors: string[] = []
    const { done, perform } = recorder('b')
    replayDead(states, perform, error => errors.push((error as Error).message))
    assert.equal(done, ['a', 'c', 'a', 'c'])
    assert.equal(errors, ['no b', 'no b'])
    assert.equal(states.list(), [])
  }),
)

test.run()
