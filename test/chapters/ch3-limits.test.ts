/**
 * What a limit does to a program that wants more: the kernel's own counters say, seen from the host.
 *
 * A quota is an upper bound: on a busy machine a burner gets less, through no fault of ours. So the containers that are
 * measured lie below a cgroup that this test gives far more weight than anyone else has, and get what they may.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cgroup, cgroupsOf, cgroupsOfContainer, readFile, withController } from '#support/cgroups'
import { run, start } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { initOf } from '#support/processes'
import { leftovers, newWorld, nonce, readOr, sleep } from '#support/world'
import { killedForMemory } from '../suites/oom-suite.js'

const world = newWorld()
const own = `mini-docker-${nonce()}`
const windowMs = 5000

const needsController = (...names: readonly string[]): ReturnType<typeof needs> =>
  needs('root', 'native', 'inside', ...names.map(name => `controller ${name}`))

/** A cgroup of the test's own below the top, in the hierarchy of a controller; the children of v2's may use it, too. */
function makeOwn(controller: string): string {
  const { version, directory } = topOf(controller)
  if (version === 2) fs.writeFileSync(`${directory}/cgroup.subtree_control`, `+${controller}`)
  fs.mkdirSync(`${directory}/${own}`, { recursive: true })
  return `${directory}/${own}`
}

function topOf(controller: string): Cgroup {
  const cgroup = withController(cgroupsOf('self'), controller)
  const path = readOr('', '/proc/self/cgroup')
    .split('\n')
    .find(line => line.split(':')[1] === (cgroup.version === 1 ? cgroup.controllers.join(',') : ''))!
    .split(':')[2]!
  const { length } = cgroup.directory
  return { ...cgroup, directory: cgroup.directory.slice(0, path === '/' ? length : length - path.length) }
}

/** Seconds of processor time that were used in there. */
const usedIn = (cgroups: readonly Cgroup[]): number =>
  withController(cgroups, 'cpu').version === 1
    ? Number(readFile(cgroups, 'cpuacct', { v1: 'cpuacct.usage', v2: '' })) / 1e9
    : Number(/^usage_usec (\d+)$/m.exec(readFile(cgroups, 'cpu', { v1: '', v2: 'cpu.stat' }))![1]) / 1e6

/** proc_pid_stat(5): utime and stime, in ticks of which there are 100 a second. */
function usedBy(pid: number): number {
  const stat = readOr('', `/proc/${pid}/stat`)
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(utime) + Number(stime)) / 100
}

const throttled = (cgroups: readonly Cgroup[]): number =>
  Number(/^nr_throttled (\d+)$/m.exec(readFile(cgroups, 'cpu', { v1: 'cpu.stat', v2: 'cpu.stat' }))![1])

/** Burners that got going. @param each the flags of each */
async function burn(
  each: readonly (readonly string[])[],
): Promise<{ pids: number[]; cgroups: Cgroup[][]; end: () => Promise<void> }> {
  const weight = `${makeOwn('cpu')}/${withController(cgroupsOf('self'), 'cpu').version === 1 ? 'cpu.shares' : 'cpu.weight'}`
  // on the only processor there would be nothing left for the command line, which has to start the second one
  if (os.availableParallelism() > 1) fs.writeFileSync(weight, weight.endsWith('shares') ? '262144' : '10000')
  const names = each.map(() => nonce())
  const running = each.map((flags, i) =>
    start(world, ['ch3', 'run', '--cgroup-parent', `/${own}`, '--name', names[i]!, ...flags, 'inside', 'burn', '60']),
  )
  await Promise.all(running.map(one => one.says(/burning/)))
  const pids = await Promise.all(names.map(name => initOf(world, name)))
  return {
    pids,
    cgroups: pids.map(cgroupsOf),
    async end() {
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await Promise.all(running.map(({ done }) => done))
    },
  }
}

needsController('cpu')('a burner gets half a processor when it may have 0.5', async () => {
  const { pids, cgroups, end } = await burn([['--cpus', '0.5']])
  const look = () => ({
    at: performance.now() / 1000,
    used: usedIn(cgroups[0]!),
    own: usedBy(pids[0]!),
    throttled: throttled(cgroups[0]!),
  })
  const before = look()
  await sleep(windowMs)
  const after = look()
  await end()
  const seconds = after.at - before.at
  const used = after.used - before.used
  const share = used / seconds
  assert.ok(share <= 0.6, `it used ${share} of a processor`)
  assert.ok(after.throttled > before.throttled, 'and wanted more')
  // in a period in which it was stopped it had all that it may have: so much is the limit's doing, less is the machine's
  const stopped = (after.throttled - before.throttled) * 0.05
  assert.ok(used >= 0.8 * Math.min(seconds / 2, stopped), `it used ${used} s, and was stopped after ${stopped} s`)
  if (share < 0.4) console.log(`\nthe machine is too busy: a burner that may have 0.5 got ${share.toFixed(2)}`)
  assert.ok(Math.abs(after.own - before.own - used) < 0.1 * seconds, 'the process says the same as its cgroup')
})

needsController('cpu')('two burners on one processor share it one to three when their shares are', async () => {
  const place = isThere('controller cpuset') ? ['--cpuset-cpus', '0'] : []
  const { cgroups, end } = await burn([
    [...place, '--cpu-shares', '65536'],
    [...place, '--cpu-shares', '196608'],
  ])
  const look = (): number[] => cgroups.map(usedIn)
  const before = look()
  await sleep(windowMs)
  const [one, three] = look().map((used, i) => used - before[i]!)
  await end()
  const ratio = three! / one!
  // v2's weights are a curve of the shares, not a multiple: only far up, as here, do 1 to 3 come near to what they were
  assert.ok(Math.abs(ratio / 3 - 1) <= 0.2, `1 to ${ratio}: ${one} s and ${three} s`)
})

needsController('memory')(
  'an eater is killed in its own cgroup, and told of its limit, each time when it wants more',
  () => killedForMemory(world, 10),
)

needsController('pids')('a fork bomb stops at its limit and the host can be used when it may have 20', async () => {
  const name = nonce()
  const bomb = start(world, ['ch3', 'run', '--name', name, '--pids-limit', '20', 'inside', 'bomb', '2'])
  const cgroups = await cgroupsOfContainer(world, name)
  const { directory } = withController(cgroups, 'pids')
  let most = 0
  let refused = 0
  let ended = false
  void bomb.done.then(() => (ended = true))
  while (!ended) {
    most = Math.max(
      most,
      Number(readOr('0', `${directory}/pids.current`)),
      Number(readOr('0', `${directory}/pids.peak`)),
    )
    refused = Math.max(refused, Number(/^max (\d+)$/m.exec(readOr('', `${directory}/pids.events`))?.[1] ?? 0))
    execFileSync('true') // the host has room for more
    await sleep(10)
  }
  const { code, stdout } = await bomb.done
  assert.is(code, 0)
  assert.match(stdout, /^forked \d+, /m)
  assert.ok(most > 10 && most <= 20, `there were ${most}`)
  assert.ok(refused > 0, 'the kernel counted what it refused')
})

needsController('memory')("a program's very first act is limited when that is to take memory", async () => {
  const above = makeOwn('memory')
  fs.mkdirSync(`${above}/kept`) // so that the last container leaves it
  const limits = ['--memory', '32m', '--memory-swap', '32m']
  const { code } = await run(world, ['ch3', 'run', '--cgroup-parent', `/${own}`, ...limits, 'inside', 'eat', '200'])
  assert.is(code, 137)
  const peak = ['memory.max_usage_in_bytes', 'memory.peak']
    .map(file => readOr('', `${above}/${file}`))
    .find(text => text !== '')
  for (const directory of [`${above}/kept`, above]) fs.rmdirSync(directory)
  // what a kernel cannot say is not held against it: memory.peak came with Linux 5.19; the cgroup itself takes some, too
  if (peak === undefined) return
  const MiB = Number(peak) / 2 ** 20
  assert.ok(MiB > 30 && MiB < 33, `at most it had ${MiB} MiB`)
})

needsController('pids')('a program is in its cgroup in every hierarchy when it does its very first act', async () => {
  const name = nonce()
  const { stdout } = await run(world, ['ch3', 'run', '--no-cgroup', '--name', name, 'cat', '/proc/self/cgroup'])
  // systemd's own hierarchy limits nothing; a v2 without controllers beside v1 is joined all the same
  const paths = stdout
    .trim()
    .split('\n')
    .filter(line => !line.includes('name='))
    .map(line => line.split(':')[2])
  assert.ok(paths.length > 0)
  assert.equal([...new Set(paths)], [`/mini-docker/${name}`])
})

needsController('pids')('nothing is left when containers with limits have ended', async () => {
  assert.equal(await leftovers(world), [])
  const made = execFileSync('find', ['/sys/fs/cgroup', '-type', 'd', '-path', `*${own}*`], { encoding: 'utf8' })
  // those of the test itself, with nothing below them
  for (const directory of made.split('\n').filter(line => line !== '')) fs.rmdirSync(directory)
})

test.run()
