/** Containers of two run directories share one cgroup and no lock: each may remove it as its last user, and neither has. */

import { spawn } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probeFacts } from '#core/sys/probe'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { leftovers, newWorld, nonce } from '#support/world'

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

needs(
  'root',
  'native',
  'controller pids',
)('a container starts while another removes the cgroup above whenever it may', async () => {
  const world = newWorld()
  const parent = `/mini-docker-${nonce()}` // below the usual one other tests have theirs, and it is never empty
  const above = probeFacts().hierarchies.map(({ home }) => `${home}${parent}`)
  const remover = spawn(process.execPath, ['--input-type=module', '-e', removing(above)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let removed = ''
  remover.stdout.setEncoding('utf8').on('data', text => {
    removed += text
  })
  try {
    // the moment between making and keeping it is short, and it takes some starts before it is hit
    for (let i = 0; i < 2 * times || (removed === '' && i < 20 * times); i++) {
      const { code, stderr } = await run(world, ['ch3', 'run', '--cgroup-parent', parent, '--pids-limit', '9', 'true'])
      assert.equal([code, stderr], [0, ''], `start ${i}`)
    }
    assert.match(removed, /removed/, 'it was removed at least once')
    assert.is(remover.exitCode, null)
  } finally {
    remover.kill('SIGKILL')
  }
  assert.equal(await leftovers(world), [])
})

/** As the last user of another run directory does it, again and again. */
const removing = (directories: readonly string[]): string => `
  import * as fs from 'node:fs'
  import { removeEmpty } from ${JSON.stringify(new URL('../../core/exec/shared-cgroup.js', import.meta.url).href)}
  const ends = Date.now() + 60_000
  while (Date.now() < ends) {
    for (const directory of ${JSON.stringify(directories)}) {
      try {
        const isThere = fs.existsSync(directory)
        removeEmpty(directory)
        if (isThere) console.log('removed')
      } catch (error) {
        if (!['EBUSY', 'ENOTEMPTY', 'ENOENT'].includes(error.code)) throw error
      }
    }
  }`

test.run()
