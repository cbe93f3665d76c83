/**
 * What only a kernel with every controller of cgroup v2 can show: cpuset, io.weight, PSI. Run by `npm run test:cgroup2` in
 * an emulated machine, where a start takes seconds: so each test makes the most of its container.
 */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cgroup, cgroupsOfContainer, needsController, readFile } from '#support/cgroups'
import { run, start } from '#support/cli'
import { needs } from '#support/needs'
import { initOf, statusOf } from '#support/processes'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const needed = ['root', 'native', 'cgroup v2', 'controller cpuset', 'controller io', 'controller memory']
const seconds = 100
const top = '/sys/fs/cgroup'

const of = (cgroups: readonly Cgroup[], controller: string, file: string): string =>
  readFile(cgroups, controller, { v1: '', v2: file })

async function nothingIsLeft(): Promise<void> {
  assert.equal(await leftovers(world), [])
  assert.not.ok(fs.existsSync(`${top}/mini-docker`))
}

needs(...needed)(
  'a container has its processor and its part of the disk when the kernel has the controllers',
  async () => {
    const name = nonce()
    const flags = ['--cpuset-cpus', '1', '--cpuset-mems', '0', '--blkio-weight', '300', '--cpu-shares', '512']
    const cli = start(world, ['ch3', 'run', '--name', name, ...flags, 'sh', '-c', 'echo up; sleep 90; :'], { seconds })
    try {
      await cli.says(/up/)
      const cgroups = await cgroupsOfContainer(world, name)
      assert.is(of(cgroups, 'cpuset', 'cpuset.cpus'), '1')
      assert.is(of(cgroups, 'cpuset', 'cpuset.cpus.effective'), '1')
      assert.is(of(cgroups, 'cpuset', 'cpuset.mems'), '0')
      // 1 + (300 - 10) * 9999 / 990, and the parabola of shares
      assert.is(of(cgroups, 'io', 'io.weight'), 'default 2930')
      assert.is(of(cgroups, 'cpu', 'cpu.weight'), '59')
      const init = await initOf(world, name)
      assert.equal(statusOf(init, 'Cpus_allowed_list'), ['1'], 'the scheduler keeps to it')
      // who waits for what, of this container alone
      for (const file of ['cpu.pressure', 'memory.pressure', 'io.pressure']) {
        assert.match(fs.readFileSync(`${cgroups[0]!.directory}/${file}`, 'utf8'), /^some avg10=\d+\.\d+ .* total=\d+/)
      }
      process.kill(init, 'SIGKILL')
    } finally {
      await cli.done
    }
    await nothingIsLeft()
  },
)

needs(...needed, 'PSI')('a limit of processor time shows as pressure when the container wants more', async () => {
  const name = nonce()
  const burner = 'echo up; while :; do :; done'
  const cli = start(world, ['ch3', 'run', '--name', name, '--cpus', '0.2', 'sh', '-c', burner], { seconds })
  try {
    await cli.says(/up/)
    const cgroups = await cgroupsOfContainer(world, name)
    const pressure = (): number => Number(/^some .* total=(\d+)/.exec(of(cgroups, 'cpu', 'cpu.pressure'))![1])
    const before = pressure()
    const start = performance.now()
    await new Promise(resolve => setTimeout(resolve, 3000))
    const waited = (pressure() - before) / 1000 / (performance.now() - start)
    assert.ok(waited > 0.5, `it waited ${Math.round(waited * 100)} % of the time, of 80 %`)
    process.kill(await initOf(world, name), 'SIGKILL')
  } finally {
    await cli.done
  }
  await nothingIsLeft()
})

needsController('cpuset')(
  'a processor that the machine lacks is refused when asked for, and names those there are',
  async () => {
    const { code, stderr } = await run(world, ['ch3', 'run', '--cpuset-cpus', '7', 'true'], { seconds })
    assert.is(code, 125)
    assert.match(stderr, /--cpuset-cpus '7': there is no 7 among the processors here \(there are 0-1\)/)
    await nothingIsLeft()
  },
)

test.run()
