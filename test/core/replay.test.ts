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

const neverAnError = (error: unknown): void => assert.unreachable(String(error))

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

onLinux('cleanUp goes on when a step fails, and keeps the record with what is left', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const { done, perform } = recorder('a', 'b')
    const record = create(states, 'web')
    const errors: string[] = []
    cleanUp(states, record, perform, error => errors.push((error as Error).message))
    assert.equal([done, errors], [['c'], ['no a', 'no b']])
    assert.equal(states.read('web'), { ...record, status: 'stopped', undo: [step('a'), step('b')] })
    const later = recorder()
    cleanUp(states, states.read('web')!, later.perform)
    assert.equal(later.done, ['a', 'b'])
    assert.is(states.read('web'), null)
  }),
)

onLinux('cleanUp reports and does not throw when the record itself cannot be kept', () =>
  withRunDirectory(run => {
    const states = new States(run)
    const record = create(states, 'web')
    states.remove('web')
    const errors: unknown[] = []
    cleanUp(states, record, recorder('a').perform, error => errors.push(error))
    assert.is(errors.length, 2)
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
    replayDead(states, perform, neverAnError)
    assert.equal(done, ['a', 'b', 'c', 'a', 'b', 'c'])
    assert.equal(
      states.list().map(({ id }) => id),
      ['alive'],
    )
    replayDead(states, perform, neverAnError)
    assert.is(done.length, 6, 'once is enough')
  }),
)

onLinux('replayDead goes on to the next when one container cannot be taken back whole, and finishes it later', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const owner = await deadOwner()
    for (const id of ['one', 'two']) states.update({ ...create(states, id), owner })
    const errors: string[] = []
    const { done, perform } = recorder('b')
    replayDead(states, perform, (error, id) => errors.push(`${id}: ${(error as Error).message}`))
    assert.equal(done, ['a', 'c', 'a', 'c'])
    assert.equal(errors.sort(), ['one: no b', 'two: no b'])
    const later = recorder()
    replayDead(states, later.perform, neverAnError)
    assert.equal(later.done, ['b', 'b'])
    assert.equal(states.list(), [])
  }),
)

onLinux("replayDead leaves a container alone when it began under a dead one's name meanwhile", () =>
  withRunDirectory(async run => {
    const states = new States(run)
    const owner = await deadOwner()
    const ids = ['one', 'two']
    for (const id of ids) states.update({ ...create(states, id), owner, undo: [step(id)] })
    const done: string[] = []
    let living: ContainerRecord | undefined
    const perform = (performed: HostStep): undefined => {
      const id = (performed as { path: string }).path
      done.push(id)
      // while the first is taken back, somebody else cleans the other and begins anew
      const other = ids.find(one => one !== id)!
      if (living !== undefined) return
      states.remove(other)
      living = create(states, other)
    }
    replayDead(states, perform, neverAnError)
    assert.is(done.length, 1)
    assert.equal(states.list(), [living])
  }),
)

onLinux('replayDead removes a record that is cut short when it finds one, and says so', () =>
  withRunDirectory(run => {
    const states = new States(run)
    create(states, 'web')
    fs.writeFileSync(`${run}/containers/web/state.json`, '')
    const errors: string[] = []
    replayDead(states, recorder().perform, error => errors.push((error as Error).message))
    assert.equal(errors, ["record of 'web': is empty or cut short, it is removed without an undo"])
    assert.equal(fs.readdirSync(`${run}/containers`), [])
    create(states, 'web')
  }),
)

/** Another process that takes back what the dead left: says so, then does `then` in the middle of it. */
function otherCleaner(run: string, then: string) {
  const script = `
    const fs = await import('node:fs')
    const { States } = await import(${JSON.stringify(import.meta.resolve('#core/exec/state'))})
    const { replayDead } = await import(${JSON.stringify(import.meta.resolve('#core/exec/replay'))})
    const perform = step => { if (step.path === 'b') { fs.writeSync(1, 'b'); ${then} } }
    replayDead(new States(process.argv[1]), perform, error => { throw error })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { said: once(child.stdout, 'data'), ended: once(child, 'exit') }
}

onLinux('replayDead begins again when who cleaned before was killed in the middle', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    states.update({ ...create(states, 'web'), owner: await deadOwner() })
    const { ended } = otherCleaner(run, "process.kill(process.pid, 'SIGKILL')")
    assert.equal(await ended, [null, 'SIGKILL'])
    const { done, perform } = recorder()
    replayDead(states, perform, neverAnError)
    assert.equal(done, ['a', 'b', 'c'])
    assert.equal(fs.readdirSync(`${run}/containers`), [])
  }),
)

onLinux('replayDead waits and finds nothing left to do when another cleans already', () =>
  withRunDirectory(async run => {
    const states = new States(run)
    states.update({ ...create(states, 'web'), owner: await deadOwner() })
    const other = otherCleaner(run, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)')
    await other.said
    const { done, perform } = recorder()
    replayDead(states, perform, neverAnError)
    assert.equal([done, fs.readdirSync(`${run}/containers`)], [[], []])
    assert.equal(await other.ended, [0, null])
  }),
)

/** A run whose undo fails, in a process of its own because it is stderr that counts. */
async function runWithBadUndo(run: string, failing: 'undo' | 'all') {
  const modules = Object.fromEntries(
    ['foreground', 'record', 'state'].map(name => [name, import.meta.resolve(`#core/exec/${name}`)]),
  )
  const script = `
    const { runContainer } = await import(${JSON.stringify(modules.foreground)})
    const { recordExecutor } = await import(${JSON.stringify(modules.record)})
    const { States } = await import(${JSON.stringify(modules.state)})
    const states = new States(process.argv[1])
    const at = { why: 'test', by: 'test' }
    const plan = { steps: [
      { op: 'write_file', path: 'hosts', data: '', mode: 0o600, phase: 'prepare', ...at },
      { op: 'execve', args: ['true'], env: [], phase: 'exec', ...at },
    ] }
    const perform = ({ op }) => {
      if (op === 'remove_file' || process.argv[2] === 'all') throw Object.assign(new Error('no ' + op), { code: 'EIO' })
    }
    const record = states.create({ id: 'web', chapter: 'ch2', spec: null, undo: [] })
    const executor = recordExecutor({ status: 3 << 8 })
    const outcome = await runContainer({ states, record, spec: null }, { plan, executor, perform, interactive: false })
    console.log(JSON.stringify(outcome))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, run, failing], { stdio: 'pipe' })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  await once(child, 'close')
  return { outcome: stdout === '' ? null : JSON.parse(stdout), stderr }
}

onLinux('a run ends as its program did when cleaning up after it fails, and stderr says what is left', () =>
  withRunDirectory(async run => {
    const { outcome, stderr } = await runWithBadUndo(run, 'undo')
    assert.equal(outcome, { kind: 'exited', status: 3 << 8 }, stderr)
    assert.match(stderr, /^mini-docker: cleaning up after 'web': no remove_file \(the next command tries again\)\n$/)
    const states = new States(run)
    assert.equal(
      states.dead().map(({ id, status, undo: left }) => [id, status, left.map(({ op }) => op)]),
      [['web', 'stopped', ['remove_file']]],
    )
    const ops: string[] = []
    replayDead(states, ({ op }) => void ops.push(op), neverAnError)
    assert.equal([ops, states.list()], [['remove_file'], []])
  }),
)

onLinux('a run fails with its first error when cleaning up after it fails, too', () =>
  withRunDirectory(async run => {
    const { outcome, stderr } = await runWithBadUndo(run, 'all')
    assert.is(outcome?.kind, 'failed', stderr)
    assert.match(outcome.detail, /no write_file/)
  }),
)

test.run()
