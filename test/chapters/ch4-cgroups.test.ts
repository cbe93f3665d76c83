/** What cgroups do for ch4: limits, who stands still while it is read, and that nothing of them is left. On either version. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupsOf, limitOf } from '#support/cgroups'
import { run, start } from '#support/cli'
import { baseName, besideContainer, ch4, importBase, inData, nothingOfContainers, refused } from '#support/containers'
import { isFrozen } from '#support/live'
import { needs } from '#support/needs'
import { descendant } from '#support/processes'
import { leftovers, newWorld, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside', 'controller memory', 'controller pids')
const MiB = 2 ** 20

test.before(() => importBase(world))

const directoriesOf = (pid: number): string[] => cgroupsOf(pid).map(({ directory }) => directory)
/** Cgroups of a process that are not ours as well. */
const ownOf = (pid: number): string[] => directoriesOf(pid).filter(place => !directoriesOf(process.pid).includes(place))
const areGone = (places: readonly string[]): boolean => places.every(place => !fs.existsSync(place))

const initOf = async (name: string): Promise<number> => {
  const lines = (await ch4(world, ['ps', '--json'])).stdout.trim().split('\n')
  return lines.map(line => JSON.parse(line)).find(one => one.name === name).pid
}

asRoot('a container of an image has the limits that it was given, and its cgroups go with it', async () => {
  let own: string[] = []
  const look = async (): Promise<void> => {
    const init = await initOf('limited')
    assert.equal(
      (['memory limit', 'pids limit'] as const).map(name => limitOf(cgroupsOf(init), name)),
      [64 * MiB, 33],
    )
    own = ownOf(init)
    assert.ok(own.length > 0)
    assert.is((await run(world, ['ch3', 'update', '--pids-limit', '44', 'limited'])).code, 0)
    assert.is(limitOf(cgroupsOf(init), 'pids limit'), 44)
  }
  await besideContainer(world, 'limited', ':', look, '--memory', '64m', '--pids-limit', '33')
  assert.ok(areGone(own), own.join(', '))
  await nothingOfContainers(world)
})

asRoot('a container that wants more memory than it may have is killed, and ps says how it ended', async () => {
  const flags = ['--name', 'eater', '--memory', '64m', '--memory-swap', '64m']
  const { code, stderr } = await run(world, ['ch4', 'run', ...flags, baseName, 'inside', 'eat', '100'])
  assert.equal([code, stderr], [137, 'mini-docker: killed: memory limit 64MiB reached\n'])
  const { status, exitCode } = JSON.parse((await ch4(world, ['ps', '-a', '--json'])).stdout)
  assert.equal([status, exitCode], ['exited', 137])
  await ch4(world, ['rm', 'eater'])
  await nothingOfContainers(world)
})

asRoot('a container stands still while it is committed, and goes on when that is done', async () => {
  const counting =
    '(i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.1; done) & head -c 20000000 /dev/urandom >/big'
  await besideContainer(world, 'counts', counting, async () => {
    const init = await initOf('counts')
    const count = (): string => fs.readFileSync(`/proc/${init}/root/count`, 'utf8')
    const commit = start(world, ['ch4', 'commit', 'counts', 'counted'], { seconds: 60 })
    await until('it stands still', () => isFrozen(init))
    assert.is((await commit.done).code, 0)
    assert.not.ok(isFrozen(init))
    const before = count()
    await until('it goes on', () => count() !== before)
  })
  await ch4(world, ['rmi', 'counted'])
  await nothingOfContainers(world)
})

asRoot('rm -f ends one that is paused when it is asked to', async () => {
  await besideContainer(world, 'frozen', ':', async () => {
    assert.is((await run(world, ['ch3', 'pause', 'frozen'])).code, 0)
    await ch4(world, ['rm', '-f', 'frozen'])
    assert.equal(await leftovers(world), [])
  })
  refused(await run(world, ['ch4', 'rm', 'frozen']), /container 'frozen': there is none/)
  assert.is((await run(world, ['ch4', 'rm', '-f', 'frozen'])).code, 0)
  await nothingOfContainers(world)
})

for (const end of ['its program ends', 'the build is killed'] as const) {
  asRoot(`a RUN is in cgroups of its own, and they are gone when ${end}`, async () => {
    const seconds = end === 'its program ends' ? '2' : '63'
    const context = world.directoryOf({ Dockerfile: `FROM ${baseName}\nRUN sleep ${seconds}\n` })
    const build = start(world, ['ch4', 'build', context], { seconds: 60 })
    const pid = await descendant(build.pid, 'sleep')
    const own = ownOf(pid)
    assert.ok(own.length > 0)
    if (end === 'the build is killed') process.kill(build.pid, 'SIGKILL')
    const { code } = await build.done
    if (end === 'its program ends') assert.is(code, 0)
    else await ch4(world, ['prune', '-f'])
    await until(`${own.join(', ')} are gone`, () => areGone(own))
    assert.equal(inData(world, 'build-cache/scratch'), [])
  })
}

test.run()
