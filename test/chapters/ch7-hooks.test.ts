/** Hooks of all six kinds: in which order, on which side of the wall, and what becomes of a container whose hook fails. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type HookKind, hookKinds, type Spec } from '#core/spec/runtime'
import { makeBundle, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld, nonce, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native')

/** Says where it runs and what it is told, in a file that is at the same place on both sides. */
const hook = (log: string, kind: HookKind, index: number) => ({
  path: '/bin/sh',
  args: ['sh', '-c', `echo "${kind} ${index} $WORD $(hostname) $(readlink /proc/self/ns/net) $(cat)" >> ${log}`],
  env: ['PATH=/bin:/usr/bin', `WORD=${kind}-${index}`],
})

const withLog =
  (log: string, hooks: Spec['hooks']) =>
  (spec: Spec): Spec => ({
    ...spec,
    mounts: [...(spec.mounts ?? []), { destination: log, source: log, options: ['bind'] }],
    ...(hooks === undefined ? {} : { hooks }),
  })

here('hooks run in the order of the specification, each on its side, and are told the state', async () => {
  const log = world.path()
  fs.writeFileSync(log, '')
  const hooks = Object.fromEntries(hookKinds.map(kind => [kind, [0, 1].map(index => hook(log, kind, index))]))
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sh', '-c', `echo program >> ${log}; sleep 100`], withLog(log, hooks))
  const lines = (): string[] => fs.readFileSync(log, 'utf8').trim().split('\n')
  const created = runtime.run(['create', '-b', bundle, id], { output: world.path() })
  assert.equal([created.code, created.stderr], [0, ''])
  const { pid } = runtime.state(id)
  const net = fs.readlinkSync(`/proc/${pid}/ns/net`)
  assert.equal(lines().length, 6)
  const started = runtime.run(['start', id])
  assert.equal([started.code, started.stderr], [0, ''])
  await until('the program speaks', () => lines().includes('program'))
  runtime.run(['kill', id, 'KILL'])
  await until('it has ended', () => runtime.state(id).status === 'stopped')
  assert.is(runtime.run(['delete', id]).code, 0)
  const told = lines().map(line => /^(\w+) (\d) (\S+) (\S+) (\S+) (.*)$/.exec(line)?.slice(1) ?? [line])
  const order = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop']
  assert.equal(
    told.map(([kind, index]) => (index === undefined ? kind : `${kind} ${index}`)).filter(word => word !== 'program'),
    order.flatMap(kind => [`${kind} 0`, `${kind} 1`]),
  )
  const at = told.findIndex(([kind]) => kind === 'program')
  assert.ok(at >= 8, 'the program runs after startContainer')
  const status: Readonly<Record<string, string>> = {
    prestart: 'created',
    createRuntime: 'created',
    createContainer: 'created',
    startContainer: 'created',
    poststart: 'running',
    poststop: 'stopped',
  }
  for (const [kind, index, word, host, itsNet, text] of told) {
    if (kind === 'program') continue
    const inside = kind === 'createContainer' || kind === 'startContainer'
    assert.is(word, `${kind}-${index}`)
    assert.is(itsNet === net, inside, `${kind} is ${inside ? '' : 'not '}in the container's namespaces`)
    assert.is(host === 'box', inside)
    const state = JSON.parse(text!)
    assert.equal(
      [state.id, state.bundle, state.status, state.pid],
      [id, bundle, status[kind!], kind === 'poststop' ? 0 : pid],
      kind,
    )
  }
})

here('poststart is told that it runs, and as whom, also when the program was short', () => {
  const [log, id] = [world.path(), runtime.newId()]
  const hooks = {
    poststart: [{ path: '/bin/sh', args: ['sh', '-c', `sleep 0.2; cat > ${log}`], env: ['PATH=/bin:/usr/bin'] }],
  }
  runtime.run(['create', '-b', makeBundle(world, ['true'], spec => ({ ...spec, hooks })), id], { output: world.path() })
  const { pid } = runtime.state(id)
  assert.is(runtime.run(['start', id]).code, 0)
  const told = JSON.parse(fs.readFileSync(log, 'utf8'))
  assert.equal([told.id, told.status, told.pid], [id, 'running', pid])
  runtime.run(['delete', '-f', id])
})

here('the files that a hook sees are the host’s before pivot_root and the container’s after it', async () => {
  const [id, word, log] = [runtime.newId(), nonce(), world.path()]
  const onHost = world.path()
  fs.writeFileSync(log, '')
  fs.writeFileSync(onHost, word)
  const script = (kind: string) => ({
    path: '/bin/sh',
    args: ['sh', '-c', `[ -e ${onHost} ] && echo ${kind} sees it >> ${log} || echo ${kind} does not >> ${log}`],
    env: ['PATH=/bin:/usr/bin'],
  })
  const hooks = { createContainer: [script('createContainer')], startContainer: [script('startContainer')] }
  const bundle = makeBundle(world, ['true'], withLog(log, hooks))
  assert.is(runtime.run(['create', '-b', bundle, id], { output: world.path() }).code, 0)
  assert.is(runtime.run(['start', id]).code, 0)
  assert.is(fs.readFileSync(log, 'utf8'), 'createContainer sees it\nstartContainer does not\n')
  runtime.run(['delete', '-f', id])
})

const failing = { path: '/bin/sh', args: ['sh', '-c', 'echo what went wrong >&2; exit 9'], env: [] }
const slow = { path: '/bin/sleep', args: ['sleep', '100'], env: [], timeout: 1 }

here('a container is not created when a hook before fails or takes too long', () => {
  for (const kind of ['prestart', 'createRuntime', 'createContainer'] as const) {
    for (const [hook, why] of [
      [failing, /exit code 9: what went wrong/],
      [slow, /took longer than 1 s/],
      [{ path: '/nonsuch' }, /ENOENT/],
    ] as const) {
      const id = runtime.newId()
      const bundle = makeBundle(world, ['true'], spec => ({ ...spec, hooks: { [kind]: [hook] } }))
      const { code, stderr } = runtime.run(['create', '-b', bundle, id], { output: world.path() })
      assert.is(code, 1)
      assert.match(stderr, new RegExp(`^mini-runc: ${kind} hook 0 '${hook.path}': `))
      assert.match(stderr, why)
      assert.is(runtime.state(id), null)
    }
  }
})

here('a container is stopped when startContainer fails, and runs when poststart does', async () => {
  const hooked = (hooks: Spec['hooks']): string => {
    const id = runtime.newId()
    const bundle = makeBundle(world, ['sleep', '100'], spec => ({ ...spec, hooks: hooks! }))
    assert.is(runtime.run(['create', '-b', bundle, id], { output: world.path() }).code, 0)
    return id
  }
  const stopped = hooked({ startContainer: [failing] })
  const { code, stderr } = runtime.run(['start', stopped])
  assert.equal([code, /startContainer hook 0.*exit code 9: what went wrong/.test(stderr)], [1, true], stderr)
  await until('it is stopped', () => runtime.state(stopped).status === 'stopped')
  assert.is(runtime.run(['delete', stopped]).code, 0)
  const running = hooked({ poststart: [failing] })
  const started = runtime.run(['start', running])
  assert.equal([started.code, /poststart hook 0/.test(started.stderr)], [0, true])
  assert.is(runtime.state(running).status, 'running')
  runtime.run(['delete', '-f', running])
})

test.run()
