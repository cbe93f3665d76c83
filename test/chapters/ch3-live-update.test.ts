/** ch3 ps and update beside containers that run, and what all live commands say when there is none. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { childrenOf } from '#support/descendants'
import { beside, cgroupOf, isUnified } from '#support/live'
import { needs } from '#support/needs'
import { statusOf } from '#support/processes'
import { leftovers, newWorld, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const MiB = 2 ** 20

const oneLine = (stderr: string, said: RegExp): void => {
  assert.match(stderr, /^mini-docker: [^\n]+\n$/)
  assert.match(stderr, said)
}

asRoot('ps lists what runs, with the limits of the kernel, when containers run', async () => {
  await beside(world, ['--memory', '48m', '--cpus', '0.75'], 'sleep 600', async ({ ch3, name, init }) => {
    const [table, json] = await Promise.all([ch3('ps'), ch3('ps', '--json')])
    const lines = table.stdout.trimEnd().split('\n')
    assert.match(lines[0]!, /^NAME +PID +STATUS +MEMORY +CPUS +AGE +COMMAND$/)
    assert.match(
      lines[1]!,
      new RegExp(`^${name} +${init} +running +48MiB +0.75 +\\d+ seconds? +sh -c echo up; sleep 600; :$`),
    )
    const { created, ...rest } = JSON.parse(json.stdout)
    const command = ['sh', '-c', 'echo up; sleep 600; :']
    assert.equal(rest, { version: 1, name, pid: init, status: 'running', memory: 48 * MiB, cpus: 0.75, command })
    assert.ok(Math.abs(Date.now() - created) < 60_000)
  })
  assert.is((await run(world, ['ch3', 'ps', '--json'])).stdout, '')
})

asRoot('ps NAME shows each process with its number outside and inside when the container has some', async () => {
  const odd = "sh -c 'exec sleep 62' 'a\x1b[2J' & sleep 63"
  await beside(world, ['--user', '1000'], odd, async ({ ch3, name, init }) => {
    await until('both sleep', () => childrenOf(init).length === 2)
    const sleepers = childrenOf(init)
    await until('both are what they become', () => sleepers.every(pid => statusOf(pid, 'Name')[0] === 'sleep'))
    const { stdout } = await ch3('ps', '--json', name)
    const all = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(all.map(({ pid }) => pid).sort(), [init, ...sleepers].sort())
    for (const { pid, inside, state, command, time } of all) {
      assert.is(String(inside), statusOf(pid, 'NSpid').at(-1))
      assert.is(state, 'S')
      assert.ok(time < 1)
      assert.is(command, fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' '))
    }
    const table = (await ch3('ps', name.slice(0, 10))).stdout
    assert.match(table, /^PID +INSIDE +USER +STATE +TIME +COMMAND\n/)
    assert.not.match(table, /\x1b/)
  })
})

const recorded = (name: string) =>
  JSON.parse(fs.readFileSync(`${world.run}/containers/${name}/state.json`, 'utf8')).spec.linux.resources

asRoot('update changes kernel and record when limits go up and down', async () => {
  await beside(world, ['--memory', '64m', '--pids-limit', '20'], 'sleep 600', async live => {
    const { name, file, ch3 } = live
    const limit = () => Number(file(['memory', 'memory.limit_in_bytes'], 'memory.max'))
    for (const size of [512, 32, 96]) {
      const { code, stderr } = await ch3('update', '--memory', `${size}m`, name)
      assert.is(code, 0, stderr)
      assert.is(limit(), size * MiB)
      assert.is(recorded(name).memory.limit, size * MiB)
    }
    const both = await ch3(
      'update',
      '-m',
      '700m',
      '--memory-swap',
      '900m',
      '--pids-limit',
      '-1',
      '--cpu-shares',
      '512',
      name,
    )
    assert.is(both.code, 0, both.stderr)
    assert.is(limit(), 700 * MiB)
    assert.is(file(['pids', 'pids.max'], 'pids.max'), 'max')
    assert.is(file(['cpu', 'cpu.shares'], 'cpu.weight'), isUnified() ? '59' : '512')
    const { memory, pids, cpu, devices } = recorded(name)
    assert.equal([memory.limit, memory.swap, pids.limit, cpu.shares], [700 * MiB, 900 * MiB, -1, 512])
    assert.ok(devices.length > 5)
  })
})

asRoot('nothing is changed when one of several limits cannot be', async () => {
  await beside(world, ['--memory', '64m', '--pids-limit', '20'], 'sleep 600', async ({ name, file, ch3, init }) => {
    const state = () => [
      file(['memory', 'memory.limit_in_bytes'], 'memory.max'),
      file(['pids', 'pids.max'], 'pids.max'),
      file(['cpu', 'cpu.cfs_quota_us'], 'cpu.max'),
      JSON.stringify(recorded(name)),
    ]
    const before = state()
    // the last that is written has its file taken away, for whoever looks from where we start it
    const pidsMax = isUnified() ? `${cgroupOf(init, null)}/pids.max` : `${cgroupOf(init, 'pids')}/pids.max`
    const refusing = [
      'unshare',
      '-m',
      'sh',
      '-c',
      `mount --bind -o ro ${pidsMax} ${pidsMax} && mount -o remount,bind,ro ${pidsMax} && exec "$@"`,
      'sh',
    ]
    const args = ['ch3', 'update', '--memory', '128m', '--cpus', '0.5', '--pids-limit', '30', name]
    const { code, stderr } = await run(world, args, { prefix: refusing })
    assert.is(code, 125)
    oneLine(stderr, /pids\.limit \(--pids-limit\): '30' to '\/sys\/fs\/cgroup\/.*pids\.max': EROFS/)
    assert.equal(state(), before)
    const beyond = await ch3('update', '--memory', '128m', '--cpus', '4096', name)
    oneLine(beyond.stderr, /--cpus '4096': is not from 0.01/)
    oneLine(
      (await ch3('update', '--net-rate-in', '1mbit', name)).stderr,
      /--net-rate-in: container '.*' has no cable of its own/,
    )
    assert.equal(state(), before)
  })
})

asRoot('each command says in one line what is wrong when the container is not one of ours or not there', async () => {
  const verbs = [['stats', '--no-stream'], ['update', '--cpus', '0.5'], ['pause'], ['resume'], ['unpause'], ['ps']]
  for (const verb of verbs) {
    const { code, stderr } = await run(world, ['ch3', ...verb, 'nobody'])
    assert.is(code, 125)
    oneLine(stderr, /container 'nobody': there is none of that name/)
  }
  const other = start(world, ['ch2', 'run', '--name', 'glass', 'sh', '-c', 'echo up; sleep 600; :'])
  await other.says(/up/)
  for (const verb of verbs) {
    oneLine(
      (await run(world, ['ch3', ...verb, 'glass'])).stderr,
      /container 'glass': was started by ch2, which knows no cgroups/,
    )
  }
  other.child.kill('SIGKILL')
  await other.done
  for (const verb of [['update'], ['update', '--cpus', '1'], ['pause'], ['resume']]) {
    const { code, stderr } = await run(world, ['ch3', ...verb])
    assert.is(code, 125)
    oneLine(stderr, /needs a container/)
  }
  await run(world, ['ch3', 'ps'])
  assert.equal(await leftovers(world), [])
})

test('each command has help with examples when it is asked for', async () => {
  for (const verb of ['stats', 'ps', 'update', 'pause', 'resume', 'unpause']) {
    const { code, stdout } = await run(world, ['ch3', verb, '--help'])
    assert.is(code, 0)
    assert.match(stdout, new RegExp(`Examples:\\n  \\$ mini-docker ch3 ${verb}`))
  }
})

test.run()
