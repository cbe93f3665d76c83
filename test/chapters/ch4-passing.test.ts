/** Containers that go when they end: what they write is not synced, and not missed. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RootMount } from '#chapters/ch4-images/snapshot/snapshotter'
import { unsynced } from '#chapters/ch4-images/snapshot/unsynced'
import { baseName, ch4, importBase, nothingOfContainers } from '#support/containers'
import { parseFacts, parseMounts } from '#support/inside'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')

test.before(() => importBase(world))

asRoot('only what is kept is synced when the root is unmounted', async () => {
  const isVolatile = (said: string): boolean => {
    const root = parseMounts(parseFacts(said).mountinfo!).find(({ at }) => at === '/')!
    return root.superOptions.some(option => option === 'volatile' || option === 'fsync=volatile') // as newer kernels write it
  }
  const passing = await ch4(world, ['run', '--rm', baseName, 'inside', 'facts'])
  assert.ok(isVolatile(passing.stdout))
  const kept = await ch4(world, ['run', '--name', 'kept', baseName, 'inside', 'facts'])
  assert.not.ok(isVolatile(kept.stdout))
  await ch4(world, ['rm', 'kept'])
  await nothingOfContainers(world)
})

asRoot('volumes are filled and what lies in them stays when the container goes', async () => {
  await ch4(world, ['run', '--rm', '-v', 'data:/etc', baseName, 'sh', '-c', 'echo kept >/etc/kept'])
  const { stdout } = await ch4(world, [
    'run',
    '--rm',
    '-v',
    'data:/data',
    baseName,
    'cat',
    '/data/kept',
    '/data/passwd',
  ])
  assert.match(stdout, /^kept\n.*root:/)
  await nothingOfContainers(world)
})

test('a mount syncs where there is nothing to write or the kernel knows no other way', () => {
  const view: RootMount = { type: 'overlay', base: '/', lower: ['2', '1'], upper: null, work: null, options: [] }
  const own: RootMount = { ...view, upper: '3/fs', work: '3/work' }
  const bind: RootMount = { type: 'bind', source: '/', readonly: false }
  assert.equal(unsynced(own, '5.10.0-8-amd64'), { ...own, options: ['volatile'] })
  const others: [RootMount, string][] = [
    [own, '5.9.16'],
    [own, '4.19.0'],
    [view, '6.18.1'],
    [bind, '6.18.1'],
  ]
  for (const [mount, kernel] of others) assert.is(unsynced(mount, kernel), mount)
})

test.run()
