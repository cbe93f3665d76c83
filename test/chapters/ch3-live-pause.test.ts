/** ch3 pause and resume: a container that stands still, what cannot be done with it, and how it ends. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { descendantsOf } from '#support/descendants'
import { beside, cgroupOf, isFrozen, isUnified, type Live, processorTime } from '#support/live'
import { needs } from '#support/needs'
import { onQuietMachine } from '#support/patience'
import { initOf } from '#support/processes'
import { leftovers, newWorld, nonce, readOr, sleep, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')

// with a moment between: what is exec'ed beside a program that never waits, within 0.3 of User Mode Linux' only processor,
// is not scheduled for many periods (measured: 15 s; 0.2 s on this machine's kernel)
const counting = 'i=0; while :; do i=$((i+1)); echo $i > /count/now; sleep 0.1; done'
const oneLine = (stderr: string, said: RegExp): void => {
  assert.match(stderr, /^mini-docker: [^\n]+\n$/)
  assert.match(stderr, said)
}

async function besideCounter(body: (live: Live, count: () => number) => Promise<void>): Promise<void> {
  const directory = world.directoryOf({ now: '0' })
  const count = (): number => Number(readOr('0', `${directory}/now`).trim())
  const grown = (from: number) => until('it counts', () => count() > from)
  await beside(world, ['-v', `${directory}:/count`], counting, async live => {
    await grown(0)
    await body(live, count)
  })
}

asRoot('a container makes no progress when it is paused, and goes on when it is resumed', async () => {
  await besideCounter(async (live, count) => {
    const { name, init, ch3 } = live
    const paused = await ch3('pause', name)
    assert.equal([paused.code, paused.stdout], [0, `${name}\n`], paused.stderr)
    assert.ok(isFrozen(init))
    const [at, time] = [fs.readFileSync(`/proc/${init}/stat`, 'utf8').split(' ')[13], processorTime(live)]
    const stopped = count()
    await sleep(600)
    assert.equal([count(), fs.readFileSync(`/proc/${init}/stat`, 'utf8').split(' ')[13]], [stopped, at])
    assert.is(processorTime(live), time)
    assert.match((await ch3('ps')).stdout, new RegExp(`^${name} +${init} +paused `, 'm'))
    const stats = JSON.parse((await ch3('stats', '--no-stream', '--json')).stdout)
    assert.equal([stats.paused, stats.cpu.percent], [true, 0])

    oneLine((await ch3('pause', name)).stderr, new RegExp(`container '${name}': is already paused`))
    const { code, stderr } = await ch3('exec', name, 'true')
    assert.is(code, 125)
    oneLine(
      stderr,
      new RegExp(`container '${name}': is paused, resume it before exec \\(mini-docker ch3 resume ${name}\\)`),
    )
    assert.is((await ch3('update', '--pids-limit', '40', name)).code, 0)

    assert.is((await ch3('unpause', name)).stdout, `${name}\n`)
    assert.not.ok(isFrozen(init))
    await until('it counts again', () => count() > stopped)
    const refused = await ch3('resume', name)
    assert.is(refused.code, 125)
    oneLine(refused.stderr, new RegExp(`container '${name}': is not paused`))
    assert.is((await ch3('exec', name, 'true')).code, 0)
  })
})

asRoot('those that can be are paused when one of the names is unknown', async () => {
  await besideCounter(async ({ name, init, ch3 }) => {
    const { code, stdout, stderr } = await ch3('pause', 'nobody', name)
    assert.equal([code, stdout], [125, `${name}\n`])
    oneLine(stderr, /container 'nobody': there is none/)
    assert.ok(isFrozen(init))
    assert.is((await ch3('resume', name)).code, 0)
  })
})

asRoot('what exec started and what was forked stops with the rest when the container is paused', async () => {
  await besideCounter(async ({ name, init, ch3 }) => {
    const more = start(world, ['ch3', 'exec', name, 'sh', '-c', 'echo in; while :; do sh -c :; sleep 0.02; done'])
    await more.says(/in/)
    assert.is((await ch3('pause', name)).code, 0)
    assert.ok(isFrozen(init))
    const procs = () => readOr('', `${cgroupOf(init, isUnified() ? null : 'pids')}/cgroup.procs`)
    const before = procs()
    assert.ok(before.trim().split('\n').length >= 2, before)
    await sleep(300)
    assert.is(procs(), before)
    assert.is((await ch3('resume', name)).code, 0)
    more.child.kill('SIGKILL')
    await more.done
  })
})

asRoot('a paused container ends when its user interrupts three times', async () => {
  await besideCounter(async ({ name, init, ch3, cli }) => {
    assert.is((await ch3('pause', name)).code, 0)
    const from = performance.now()
    for (let i = 0; i < 3; i++) {
      cli.child.kill('SIGINT')
      await sleep(100)
    }
    const { code, stderr } = await cli.done
    assert.equal([code, stderr], [137, ''])
    assert.ok(performance.now() - from < 1000 * onQuietMachine(3))
    assert.not.ok(fs.existsSync(`/proc/${init}`))
  })
})

asRoot('nothing is left of a paused container when its command line is killed and the next one comes', async () => {
  const name = `doomed-${nonce()}`
  const cli = start(world, ['ch3', 'run', '--name', name, 'sh', '-c', 'echo up; sleep 61 & sleep 62; :'])
  await cli.says(/up/)
  const init = await initOf(world, name)
  const all = [init, ...descendantsOf(init)]
  const places = ['pids', 'freezer', null].map(one => cgroupOf(init, one)).filter(place => place.includes(name))
  assert.ok(places.length > 0)
  assert.is((await run(world, ['ch3', 'pause', name])).code, 0)
  cli.child.kill('SIGKILL')
  await until('the command line is gone', () => cli.child.signalCode !== null)
  const from = performance.now()
  const { code, stdout, stderr } = await run(world, ['ch3', 'ps'])
  assert.equal([code, stderr, stdout.split('\n').length], [0, '', 2])
  assert.ok(performance.now() - from < 1000 * onQuietMachine(5))
  await until('all have ended', () => all.every(pid => !fs.existsSync(`/proc/${pid}`)))
  for (const place of places) assert.not.ok(fs.existsSync(place), place)
  await cli.done
  assert.equal(await leftovers(world), [])
})

asRoot('a paused container ends when its init is killed and it is resumed', async () => {
  await besideCounter(async ({ name, init, ch3, cli }) => {
    assert.is((await ch3('pause', name)).code, 0)
    process.kill(init, 'SIGKILL')
    await sleep(100)
    await ch3('resume', name) // on v2 it has ended already
    assert.is((await cli.done).code, 137)
  })
})

test.run()
