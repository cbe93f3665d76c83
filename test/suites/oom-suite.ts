/**
 * An eater of memory under a limit, again and again: each time the kernel kills it in its own cgroup, and the command line
 * says why. The race that is looked for: a program that takes memory before it is in its cgroup gets it from the host.
 */

import * as assert from 'uvu/assert'
import { type Cgroup, cgroupsOf, cgroupsOfContainer, readFile } from '#support/cgroups'
import { run, start } from '#support/cli'
import type { World } from '#support/world'

export async function killedForMemory(world: World, times: number): Promise<void> {
  const args = ['ch3', 'run', '-i', '--name', 'neighbour', '--memory', '64m', 'cat'] // ends when its stdin does
  const neighbour = start(world, args, { keepStdin: true, seconds: 600 })
  const others = [await cgroupsOfContainer(world, 'neighbour'), cgroupsOf('self')]
  const before = others.map(killsIn)
  for (let i = 1; i <= times; i++) {
    const limits = ['--memory', '64m', '--memory-swap', '64m']
    const { code, stdout, stderr } = await run(world, ['ch3', 'run', ...limits, 'inside', 'eat', '100'])
    const said = { code, stdout, stderr }
    assert.equal(
      said,
      { code: 137, stdout: '', stderr: 'mini-docker: killed: memory limit 64MiB reached\n' },
      `run ${i}`,
    )
  }
  assert.equal(others.map(killsIn), before, 'nobody else was killed')
  neighbour.child.stdin!.end()
  assert.is((await neighbour.done).code, 0, 'the neighbour came to a good end')
}

/** How often the kernel killed in there for want of memory; the top of v2 does not count. */
function killsIn(cgroups: readonly Cgroup[]): number {
  const text = readFile(cgroups, 'memory', { v1: 'memory.oom_control', v2: 'memory.events' })
  return Number(/^oom_kill (\d+)$/m.exec(text)![1])
}
