/** kill -9 at any moment of run, commit, rm and cp: the next command and prune leave nothing that nobody has. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { baseName, ch4, ended, importBase, inData, nothingOfContainers } from '#support/containers'
import { needs } from '#support/needs'
import { newWorld, sleep } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
/** `npm run stress` says more. */
const ROUNDS = Number(process.env.MINI_DOCKER_STRESS_KILLS ?? 8)

test.before(() => importBase(world))

/** @returns its exit code, null when it was killed before it ended */
async function killedAfter(ms: number, args: readonly string[]): Promise<number | null> {
  const cli = start(world, args)
  const timer = setTimeout(() => process.kill(cli.pid, 'SIGKILL'), ms)
  const { code, signal } = await cli.done
  clearTimeout(timer)
  return signal === null ? code : null
}

/** How long one takes that nobody kills: later than that, a kill meets nothing. */
async function whole(args: readonly string[]): Promise<number> {
  const begun = performance.now()
  const { code, stderr } = await run(world, args)
  assert.is(code, 0, stderr)
  return performance.now() - begun
}

/** A moment between the beginning and the end, by round a later one. */
const moment = (round: number, longest: number): number => Math.round((longest * (round + Math.random())) / ROUNDS)

async function nothingLeft(): Promise<void> {
  const { stdout } = await ch4(world, ['ps', '-aq'])
  if (stdout !== '') await ch4(world, ['rm', '-f', '-v', ...stdout.trim().split('\n')])
  await ch4(world, ['prune', '-f', '--volumes'])
  await nothingOfContainers(world)
  assert.equal(inData(world, 'store/ingest'), [])
  assert.equal(
    inData(world, 'volumes').filter(name => name.length === 64),
    [],
  )
  assert.is((await ch4(world, ['run', '--rm', baseName, 'echo', 'whole'])).stdout, 'whole\n')
}

asRoot('nothing of a container is left when its creator was killed at any moment of a run', async () => {
  const args = ['ch4', 'run', '--rm', '-v', '/anon', baseName, 'sh', '-c', 'echo x >/x']
  const longest = await whole(args)
  let killed = 0
  for (let round = 0; round < ROUNDS; round++) {
    if ((await killedAfter(moment(round, longest), args)) === null) killed++
    await sleep(20)
  }
  assert.ok(killed > 0)
  await nothingLeft()
})

asRoot('the container is whole and no image half made when a commit was killed', async () => {
  await ended(world, 'kept', 'head -c 4000000 /dev/urandom >/data; echo here >/here')
  const longest = await whole(['ch4', 'commit', 'kept', 'try:99'])
  let killed = 0
  for (let round = 0; round < ROUNDS; round++)
    if ((await killedAfter(moment(round, longest), ['ch4', 'commit', 'kept', `try:${round}`])) === null) killed++
  assert.ok(killed > 0)
  const names = (await ch4(world, ['images'])).stdout.split('\n').flatMap(line => /^try +(\d+)/.exec(line)?.[1] ?? [])
  for (const name of names)
    assert.is((await ch4(world, ['run', '--rm', `try:${name}`, 'cat', '/here'])).stdout, 'here\n')
  assert.match((await ch4(world, ['diff', 'kept'])).stdout, /A \/here/)
  for (const name of names) await ch4(world, ['rmi', `try:${name}`])
  await nothingLeft()
})

asRoot('a container is there or gone and nothing between when its removal was killed', async () => {
  const many = 'mkdir /many; for i in $(seq 300); do echo $i >/many/$i; done'
  await ended(world, 'removed', many)
  const longest = await whole(['ch4', 'rm', 'removed'])
  for (let round = 0; round < ROUNDS; round += 2) {
    const name = `removed-${round}`
    await ended(world, name, many)
    await killedAfter(moment(round, longest), ['ch4', 'rm', name])
    const { code } = await run(world, ['ch4', 'diff', name])
    if (code === 0) await ch4(world, ['rm', name])
  }
  await nothingLeft()
})

asRoot('one that was paused by a commit goes on when the commit was killed', async () => {
  const cli = start(
    world,
    [
      'ch4',
      'run',
      '--name',
      'runs',
      baseName,
      'sh',
      '-c',
      'head -c 30000000 /dev/urandom >/big; echo up; i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.05; done',
    ],
    { seconds: 100 },
  )
  await cli.says(/up/)
  for (const ms of [300, 600, 900]) await killedAfter(ms, ['ch4', 'commit', 'runs', 'paused'])
  await ch4(world, ['ps'])
  const pid = JSON.parse((await ch4(world, ['ps', '--json'])).stdout).pid as number
  const count = (): string => fs.readFileSync(`/proc/${pid}/root/count`, 'utf8')
  const before = count()
  await sleep(600)
  assert.is.not(count(), before)
  await ch4(world, ['rm', '-f', 'runs'])
  await cli.done
  await nothingLeft()
})

test.run()
