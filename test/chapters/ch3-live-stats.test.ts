/** ch3 stats beside containers that run: what it says is what the kernel's own files say. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StatsLine } from '#chapters/ch3-cgroups/live/stats-line'
import { start } from '#support/cli'
import { beside, cgroupOf, type Live, processorTime } from '#support/live'
import { needs } from '#support/needs'
import { initOf } from '#support/processes'
import { Pty } from '#support/pty'
import { newWorld, nonce, sleep, until } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const MiB = 2 ** 20
const burn = 'while :; do :; done'

async function statsOf({ ch3, name }: Live): Promise<StatsLine> {
  const { stdout, stderr, code } = await ch3('stats', '--no-stream', '--json', name)
  assert.is(code, 0, stderr)
  assert.is(stdout.split('\n').length, 2, stdout)
  return JSON.parse(stdout)
}

/** What stats says over a few seconds, and what the kernel counted meanwhile. */
async function percents(live: Live): Promise<{ readonly said: number; readonly counted: number }> {
  const [before, from] = [processorTime(live), performance.now()]
  const all: number[] = []
  for (let i = 0; i < 3; i++) all.push((await statsOf(live)).cpu.percent!)
  const counted = (processorTime(live) - before) / (performance.now() - from) / 1e4
  return { said: all.reduce((sum, one) => sum + one, 0) / all.length, counted }
}

const near = (value: number, wanted: number, by: number, what: string): void =>
  assert.ok(Math.abs(value - wanted) <= by, `${what}: ${value}, not ${wanted} ± ${by}`)

asRoot('a burner with half a processor shows 50 %, and 25 % after an update, when stats looks at it', async () => {
  await beside(world, ['--cpus', '0.5'], burn, async live => {
    const half = await percents(live)
    near(half.said, 50, 10, 'stats')
    near(half.said, half.counted, 10, 'stats and the kernel')
    const { stdout, stderr } = await live.ch3('update', live.name, '--cpus', '0.25')
    assert.is(stdout, `${live.name}\n`, stderr)
    assert.is(live.file(['cpu', 'cpu.cfs_quota_us'], 'cpu.max').split(' ')[0], '25000')
    const quarter = await percents(live)
    near(quarter.said, 25, 7, 'stats after the update')
    near(quarter.said, quarter.counted, 7, 'stats and the kernel after the update')
    const { throttled } = (await statsOf(live)).cpu
    assert.ok(throttled! > 0 || quarter.counted < 24, `throttled for ${throttled} ns`)
  })
})

asRoot('stats says what the files of the cgroup say when the container sleeps', async () => {
  const fill = 'dd if=/dev/zero of=/dev/shm/full bs=1M count=20 2>/dev/null; sleep 600 & sleep 61'
  await beside(world, ['--memory', '64m', '--pids-limit', '33'], `${fill}`, async live => {
    await until('three processes', () => live.file(['pids', 'pids.current'], 'pids.current') === '3')
    await sleep(200)
    const stats = await statsOf(live)
    assert.equal([stats.version, stats.name, stats.pid, stats.paused], [1, live.name, live.init, false])
    assert.equal(stats.pids, { current: 3, limit: 33 })
    assert.is(stats.memory.limit, Number(live.file(['memory', 'memory.limit_in_bytes'], 'memory.max')))
    const usage = Number(live.file(['memory', 'memory.usage_in_bytes'], 'memory.current'))
    assert.ok(stats.memory.usage! >= 20 * MiB && stats.memory.usage! <= usage, `${stats.memory.usage} of ${usage}`)
    near(stats.memory.percent!, (100 * stats.memory.usage!) / (64 * MiB), 0.01, 'memory')
    const peak = live.file(['memory', 'memory.max_usage_in_bytes'], 'memory.peak')
    assert.is(stats.memory.peak, peak === '' ? null : Number(peak))
    assert.ok(Math.abs(stats.cpu.usage! - processorTime(live)) < 5e7)
    assert.ok(stats.cpu.percent! < 10)
    for (const kind of ['cpu', 'memory', 'io'] as const) {
      const hasPressure = fs.existsSync(`${cgroupOf(live.init, null)}/${kind}.pressure`)
      assert.is(stats.pressure[kind] !== null, hasPressure, kind)
    }
    assert.is(stats.network, null) // it has no eth0
    assert.ok(stats.disks === null || stats.disks.in >= 0)

    const { stdout } = await live.ch3('stats', '--no-stream')
    const [heading, row, ...more] = stdout.trimEnd().split('\n')
    assert.match(heading!, /^NAME +CPU % +THROTTLED +MEM USAGE \/ LIMIT +MEM % +PEAK/)
    assert.match(row!, new RegExp(`^${live.name} +\\d+\\.\\d\\d% +.*MiB / 64MiB .* 3 / 33 `))
    assert.equal(more, [])
  })
})

asRoot('stats redraws its table in place, and leaves one out, when that has ended', async () => {
  const pty = new Pty({ rows: 30, columns: 200 })
  await beside(world, [], 'sleep 600', async one => {
    const screen = start(world, ['ch3', 'stats'], { stdio: [pty.slave, pty.slave, pty.slave], seconds: 60 })
    const lines = start(world, ['ch3', 'stats', '--json'], { seconds: 60 })
    const word = nonce()
    const other = start(world, ['ch3', 'run', '--name', word, 'sh', '-c', 'echo up; sleep 600; :'])
    const end = '[^\\x1b\\n]*\\x1b\\[K\\r?\\n'
    await pty.shows(new RegExp(`\\x1b\\[\\dA\\rNAME${end}${one.name}${end}${word}${end}\\x1b\\[J`))
    const alone = new RegExp(`\\x1b\\[3A\\rNAME${end}${one.name}${end}\\x1b\\[J`)
    assert.not.match(pty.text, alone)
    process.kill(await initOf(world, word), 'SIGKILL')
    await other.done
    await pty.shows(alone)
    await sleep(1500)
    const seen = lines
      .stdout()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as StatsLine)
    assert.ok(seen.filter(({ name }) => name === one.name).length >= 2)
    assert.is(seen.at(-1)!.name, one.name)
    for (const { child, done } of [screen, lines]) {
      child.kill('SIGINT')
      await done
    }
  })
  pty.close()
})

asRoot('stats of a named container ends with it, and stats into a closed pipe with its reader', async () => {
  await beside(world, [], 'sleep 600', async live => {
    const named = start(world, ['ch3', 'stats', live.name], { seconds: 60 })
    const piped = start(world, ['ch3', 'stats'], { seconds: 30 })
    await named.says(new RegExp(live.name))
    await piped.says(new RegExp(live.name))
    piped.child.stdout!.destroy()
    assert.is((await piped.done).code, 0)
    process.kill(live.init, 'SIGKILL')
    const { code, stdout } = await named.done
    assert.is(code, 0)
    assert.is(stdout.match(/^NAME/gm)!.length, 1, 'one heading for a pipe')
  })
})

test.run()
