/** Commands on one container at once: one after the other, and `delete --force` through all. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, sleep, until } from '#support/world'

const world = newWorld()
const here = needs('root', 'native', 'inside')

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

/** Goes on beside us. */
function begin(runtime: Runtime, ...args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const errors = world.path()
  const fd = fs.openSync(errors, 'w')
  const argv = [miniRunc, '--root', runtime.root, ...args]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', fd] })
  fs.closeSync(fd)
  const ended = new Promise<Ended>(resolve =>
    child.on('exit', code => resolve({ code, stderr: fs.readFileSync(errors, 'utf8') })),
  )
  return { child, ended }
}

here('of many that start a container one does', async () => {
  const runtime = new Runtime(world)
  const [id, output] = [runtime.newId(), world.path()]
  const bundle = makeBundle(world, ['sh', '-c', 'echo ran; sleep 60'])
  assert.is(runtime.run(['create', '-b', bundle, id], { output }).code, 0)
  const ended = await Promise.all(Array.from({ length: 6 }, () => begin(runtime, 'start', id).ended))
  assert.equal(ended.map(({ code }) => code).sort(), [0, 1, 1, 1, 1, 1])
  for (const { code, stderr } of ended) if (code !== 0) assert.match(stderr, 'not in the created state')
  await until('it runs', () => fs.readFileSync(output, 'utf8') === 'ran\n')
  assert.is(runtime.run(['delete', '-f', id]).code, 0)
  assert.is(runtime.run(['list', '-q']).stdout, '')
})

here('of many that create one of a name one does, and many that delete it leave nothing', async () => {
  const runtime = new Runtime(world)
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '60'])
  const made = await Promise.all(Array.from({ length: 5 }, () => begin(runtime, 'create', '-b', bundle, id).ended))
  assert.is(made.filter(({ code }) => code === 0).length, 1)
  assert.is(runtime.state(id).status, 'created')
  const gone = await Promise.all(Array.from({ length: 5 }, () => begin(runtime, 'delete', '-f', id).ended))
  assert.equal(
    gone.map(({ code }) => code),
    [0, 0, 0, 0, 0],
  )
  assert.is(runtime.run(['list', '-q']).stdout, '')
})

here('a start waits for a create, and a delete by force for neither', async () => {
  const runtime = new Runtime(world)
  const bundleWith = (kind: string, marker: string): string =>
    makeBundle(world, ['sleep', '60'], spec => ({
      ...spec,
      hooks: { [kind]: [{ path: '/bin/sh', args: ['sh', '-c', `touch ${marker}; sleep 30`] }] },
    }))
  for (const [kind, commands] of [
    ['createRuntime', ['create']],
    ['poststart', ['create', 'start']],
  ] as const) {
    const [id, marker] = [runtime.newId(), world.path()]
    const bundle = bundleWith(kind, marker)
    let last = begin(runtime, 'create', '-b', bundle, id)
    if (commands.length > 1) {
      assert.is((await last.ended).code, 0)
      last = begin(runtime, 'start', id)
    }
    await until('its hook runs', () => fs.existsSync(marker))
    const waiting = begin(runtime, 'start', id)
    await sleep(300)
    assert.is(waiting.child.exitCode, null)
    const before = Date.now()
    assert.equal(runtime.run(['delete', '-f', id]), { code: 0, stdout: '', stderr: '' })
    assert.ok(Date.now() - before < 10_000)
    assert.is(runtime.run(['list', '-q']).stdout, '')
    await last.ended
    assert.is((await waiting.ended).code, 1)
  }
})

here('a start is told when init ends before it has come to the gate', async () => {
  const runtime = new Runtime(world)
  const id = runtime.newId()
  assert.is(runtime.run(['create', '-b', makeBundle(world, ['sleep', '60']), id], { output: world.path() }).code, 0)
  const { pid } = runtime.state(id)
  process.kill(pid, 'SIGSTOP') // it waits in open(2), and would go on as soon as there is a reader
  const starting = begin(runtime, 'start', id)
  await sleep(500)
  process.kill(pid, 'SIGKILL')
  const { code } = await starting.ended
  assert.ok(code === 0 || code === 1) // the kernel may have let it through before it stood still
  assert.is(runtime.state(id).status, 'stopped')
  assert.is(runtime.run(['delete', id]).code, 0)
})

here('one whose start was killed behind the gate runs, whatever is left of the fifo', async () => {
  const runtime = new Runtime(world)
  const [id, output] = [runtime.newId(), world.path()]
  assert.is(
    runtime.run(['create', '-b', makeBundle(world, ['sh', '-c', 'echo ran; sleep 60']), id], { output }).code,
    0,
  )
  const fifo = `${runtime.root}/containers/${id}/exec.fifo`
  assert.is(runtime.state(id).status, 'created')
  fs.closeSync(fs.openSync(fifo, 'r')) // as `start` does, and no more
  await until('it runs', () => fs.readFileSync(output, 'utf8') === 'ran\n')
  assert.is(runtime.state(id).status, 'running')
  assert.match(runtime.run(['start', id]).stderr, 'not in the created state')
  assert.is(runtime.run(['delete', '-f', id]).code, 0)
})

test.run()
