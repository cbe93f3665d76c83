/** Containers of two run directories share one cgroup and no lock: each may remove it as its last user, and neither has. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { leftovers, newWorld } from '#support/world'

const worlds = [newWorld(), newWorld(), newWorld()]
const times = 6

needs(
  'root',
  'native',
  'controller pids',
)('containers start when others of another run directory end at any moment', async () => {
  const rounds = worlds.map(async world => {
    for (let i = 0; i < times; i++) {
      const { code, stderr } = await run(world, ['ch3', 'run', '--pids-limit', '9', 'true'])
      assert.equal([code, stderr], [0, ''], `start ${i}`)
    }
  })
  await Promise.all(rounds)
  for (const world of worlds) assert.equal(await leftovers(world), [])
})

test.run()
