/**
 * Containers that go on where they were, by CRIU itself. Run by `npm run test:cgroup2` in an emulated machine: the criu of Debian 12 works
 * on the kernel of that, and on none that is much newer. A start takes seconds there.
 */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeBundle, miniRunc, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { leftovers, newWorld, nonce, readOr, until } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native', 'cgroup v2', 'working criu')
const seconds = 60

/** A word that it has made itself and that lies in its memory alone, and how far it has counted. */
const counting = `word=$(cat /proc/sys/kernel/random/uuid); i=0
while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $word $i; sleep 0.2; done; exit 7`

function ok(...[args, given]: Parameters<Runtime['run']>): void {
  const { code, stderr } = runtime.run(args, given)
  assert.equal([code, stderr], [0, ''], args.join(' '))
}

here('a container goes on with its memory, cgroup, mounts and network when it has been files meanwhile', async () => {
  const [id, output, rootfs, file] = [runtime.newId(), world.path(), world.copyRootfs(), nonce()]
  const bundle = makeBundle(world, ['sh', '-c', counting], spec => ({
    ...spec,
    root: { path: rootfs },
    mounts: [
      ...spec.mounts!,
      { destination: '/bound', type: 'bind', source: world.directoryOf({ file }), options: ['rbind', 'ro'] },
    ],
    linux: { ...spec.linux, resources: { ...spec.linux?.resources, pids: { limit: 33 } } },
  }))
  const counted = (): number => readOr('', output).split('\n').length - 1
  const goesOn = async (): Promise<void> => {
    const before = counted()
    await until('it counts on', () => counted() > before, seconds)
  }
  ok(['run', '-d', '-b', bundle, id], { output })
  await goesOn()
  const { pid } = runtime.state(id)

  ok(['checkpoint', '--leave-running', '--image-path', world.path(), id])
  assert.is(runtime.state(id).pid, pid)
  await goesOn()

  const images = world.path()
  ok(['checkpoint', '--image-path', images, id])
  assert.is(runtime.state(id), null)
  assert.not.ok(fs.existsSync(`/proc/${pid}/exe`))
  assert.not.ok(fs.existsSync(`/sys/fs/cgroup/mini-docker/${id}`))

  const other = runtime.newId() // under another name it is the same one
  ok(['restore', '-d', '-b', bundle, '--image-path', images, other], { output })
  await goesOn()
  const state = runtime.state(other)
  assert.is(state.status, 'running')
  assert.is(fs.readFileSync(`/proc/${state.pid}/cgroup`, 'utf8'), `0::/mini-docker/${other}\n`)
  assert.is(fs.readFileSync(`/sys/fs/cgroup/mini-docker/${other}/pids.max`, 'utf8'), '33\n')
  const exec = runtime.run(['exec', other, 'sh', '-c', 'cat /bound/file; echo; ip addr show lo; touch /bound/new'])
  assert.match(exec.stdout, new RegExp(`^${file}\n[^]*<LOOPBACK,UP`))
  assert.match(exec.stderr, /Read-only file system/)

  // once more, and to its end
  ok(['checkpoint', '--image-path', images, other])
  fs.writeFileSync(`${rootfs}/tmp/stop`, '')
  assert.is(runtime.run(['restore', '-b', bundle, '--image-path', images, id], { output }).code, 7)
  const lines = fs.readFileSync(output, 'utf8').trim().split('\n')
  const word = lines[0]!.split(' ')[0]
  assert.equal(
    lines,
    lines.map((_, i) => `${word} ${i + 1}`),
    'one word, and no number twice or left out',
  )
  assert.equal(runtime.run(['list', '-q']).stdout, '')
  assert.equal(await leftovers(world), [])
})

here('a terminal is its own again, and shown in ours', async () => {
  const [id, rootfs, images] = [runtime.newId(), world.copyRootfs(), world.path()]
  const waiting = 'tty; while [ ! -e /tmp/stop ]; do sleep 0.2; done; tty; exit 3'
  const bundle = makeBundle(world, ['sh', '-c', waiting], spec => ({
    ...spec,
    root: { path: rootfs },
    process: { ...spec.process, terminal: true },
  }))
  const inTerminal = (...args: readonly string[]): string[] => [
    '-qec',
    [process.execPath, miniRunc, '--root', runtime.root, ...args, '-b', bundle, id].join(' '),
    '/dev/null',
  ]
  const first = spawn('script', inTerminal('run'), { stdio: ['ignore', 'pipe', 'inherit'] })
  let shown = ''
  first.stdout.on('data', chunk => {
    shown += chunk
  })
  const ended = once(first, 'close')
  await until('it has a terminal', () => shown.includes('/dev/pts/0'), seconds)
  ok(['checkpoint', '--image-path', images, id])
  assert.is((await ended)[0], 137, 'who waited for it saw it killed')
  fs.writeFileSync(`${rootfs}/tmp/stop`, '')
  const again = spawnSync('script', inTerminal('restore', '--image-path', images), {
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.match(again.stdout, /\/dev\/pts\/0\r\n$/)
  assert.is(again.status, 3)
  assert.equal(await leftovers(world), [])
})

test.run()
