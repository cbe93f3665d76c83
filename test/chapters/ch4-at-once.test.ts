/** Two processes that do the same to one store at the same moment: both come to their end, and what they made is one. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openImages } from '#chapters/ch4-images/images'
import { commitOnce } from '#chapters/ch4-images/snapshot/commit-once'
import { run } from '#support/cli'
import { baseName, importBase } from '#support/containers'
import { needs } from '#support/needs'
import { archiveOf, ch4, orphansIn, unownedIn } from '#support/store'
import { newWorld } from '#support/world'

const asRoot = needs('root', 'native')

asRoot('imports of one archive at once make one layer', async () => {
  const world = newWorld()
  await ch4(world, ['images'])
  const archive = archiveOf(world, { big: 'x'.repeat(1_000_000) })
  const ends = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map(name => run(world, ['ch4', 'import', '-q', archive, name], { seconds: 60 })),
  )
  for (const { code, stderr } of ends) assert.is(code, 0, stderr)
  assert.is(openImages(world.data).snapshotter.list().length, 1)
  assert.equal([...orphansIn(world), ...unownedIn(world)], [])
})

/** Each waits for the other in a directory that both see: they end in the same moment, with the same files. */
asRoot('two builds whose RUNs make the same layer at the same moment both have it', async () => {
  const world = newWorld()
  await importBase(world)
  const wait =
    'mkdir /tmp/$$-$RANDOM-$(cat /proc/sys/kernel/random/uuid); until [ $(ls /tmp | wc -l) -ge 2 ]; do :; done'
  const dockerfile = `FROM ${baseName}\nRUN --mount=type=cache,target=/tmp ${wait}\nRUN true\n`
  const context = world.directoryOf({ Dockerfile: dockerfile })
  const ends = await Promise.all(
    ['one', 'two'].map(name => run(world, ['ch4', 'build', '-q', '--no-cache', '-t', name, context], { seconds: 60 })),
  )
  for (const { code, stderr } of ends) assert.is(code, 0, stderr)
  assert.is((await ch4(world, ['verify'])).stdout.match(/: whole$/gm)?.length, 3)
  await ch4(world, ['prune', '-f'])
  assert.equal([...orphansIn(world), ...unownedIn(world)], [])
})

asRoot('a snapshot that another process committed first is as good, and the own one goes', async () => {
  const world = newWorld()
  await ch4(world, ['images'])
  const { snapshotter, data } = openImages(world.data)
  for (const key of ['first', 'second']) {
    snapshotter.prepare(key, null)
    fs.writeFileSync(`${snapshotter.upperOf(key)}/file`, key)
    commitOnce(snapshotter, 'sha256:00', key)
    assert.is(snapshotter.stat(key), null)
  }
  const [{ key: name } = { key: '' }, ...more] = snapshotter.list()
  assert.equal([name, more], ['sha256:00', []])
  const [directory] = fs.readdirSync(`${data}/snapshots/overlay`).filter(entry => /^\d+$/.test(entry))
  assert.is(fs.readFileSync(`${data}/snapshots/overlay/${directory}/fs/file`, 'utf8'), 'first')
  assert.equal(orphansIn(world), [])
})

test.run()
