import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openImages } from '#chapters/ch4-images/images'
import { Lease } from '#chapters/ch4-images/store/leases'
import { sweepAll } from '#chapters/ch4-images/store/sweep'
import { cgroupsCalled } from '#support/cgroups'
import { run, start } from '#support/cli'
import { baseName, besideContainer, importBase } from '#support/containers'
import { needs } from '#support/needs'
import { initOf } from '#support/processes'
import { ch4, imported, listed, oneLine, orphansIn, storeOf, unownedIn } from '#support/store'
import { newUser, withRange } from '#support/users'
import { leftovers, newWorld, records, until } from '#support/world'

const asRoot = needs('root', 'native')
const names = async (world: ReturnType<typeof newWorld>) =>
  (await listed(world)).map(({ Repository, Tag }) => `${Repository}:${Tag}`).sort()

asRoot('prune removes what has no name and keeps what has one', async () => {
  const world = newWorld()
  await imported(world, 'web', { big: 'x'.repeat(3_000_000) })
  await imported(world, 'web', { a: 'new' })
  const { stdout } = await ch4(world, ['prune', '-f'])
  assert.match(
    stdout,
    /^Deleted Images:\ndeleted: sha256:[0-9a-f]{64}\ndeleted: sha256:[0-9a-f]{64}\n\nTotal reclaimed space: [67](\.\d+)?MB\n$/,
  )
  assert.equal(await names(world), ['web:latest'])
  assert.match((await ch4(world, ['verify'])).stdout, /^web:latest: whole$/m)
  assert.is((await ch4(world, ['prune'])).stdout, 'Total reclaimed space: 0B\n')
})

asRoot('prune -a removes what no container needs and the store is as it was at first', async () => {
  const world = newWorld()
  await ch4(world, ['images'])
  const before = storeOf(world)
  await imported(world, 'one', { a: '1' })
  await imported(world, 'two', { a: '2' })
  const { stdout } = await ch4(world, ['prune', '-af'])
  assert.match(stdout, /untagged: one:latest\ndeleted: sha256:/)
  assert.equal(
    storeOf(world).filter(line => line !== 'containers' && line !== 'trash'),
    before.filter(line => line !== 'containers' && line !== 'trash'),
  )
})

asRoot('prune keeps the image and the files of a container that runs, and removes one that has ended', async () => {
  const world = newWorld()
  const running = start(world, ['ch4', 'run', '--name', 'up', 'mini/base', 'sh', '-c', 'echo up; sleep 600; :'])
  await running.says(/up/)
  await ch4(world, ['run', '--name', 'down', 'mini/base', 'sh', '-c', 'echo x > /x'])
  const { stdout } = await ch4(world, ['prune', '-af'])
  assert.match(stdout, /^Deleted Containers:\n[0-9a-f]{12}\n\n/)
  assert.equal(await names(world), ['mini/base:latest'])
  assert.equal(JSON.parse((await ch4(world, ['inspect', 'mini/base'])).stdout).length, 1)
  await ch4(world, ['rm', '-f', 'up'])
  await running.done
  await ch4(world, ['prune', '-af'])
  assert.equal(await names(world), [])
  const ready = `${world.data}/snapshots/ready`
  assert.equal(fs.existsSync(ready) ? fs.readdirSync(ready) : [], [])
})

asRoot('prune takes what the dead left and nothing of the living', async () => {
  const world = newWorld()
  await imported(world, 'web', { a: '1' })
  const images = openImages(world.data)
  const { store, snapshotter } = images
  const lease = new Lease(store)
  const kept = store.put(Buffer.from('{"kept":1}'), lease)
  lease.keepSnapshot('unpack-mine')
  snapshotter.prepare('unpack-mine', null)
  const open = store.ingest('mine', lease)
  open.write(Buffer.from('half'))
  const sealed = store.ingest(lease.refOf('0'), lease)
  sealed.seal({})
  // of nobody: a blob without a name, an active snapshot, a half ingest, a stray directory, temporary files
  const dead = new Lease(store)
  const garbage = store.put(Buffer.from('{"garbage":1}'), dead)
  dead.end()
  snapshotter.prepare('unpack-dead', null)
  const half = store.ingest('dead', dead)
  half.write(Buffer.from('half'))
  half.close()
  fs.mkdirSync(`${world.data}/snapshots/overlay/99/fs`, { recursive: true })
  fs.writeFileSync(`${world.data}/store/.index.json.4194304`, '{')
  fs.writeFileSync(`${world.data}/store/leases/torn.json`, '')
  for (const place of ['build-cache', 'containers', 'mounts', 'snapshots/ready']) {
    fs.mkdirSync(`${world.data}/${place}`, { recursive: true })
    fs.writeFileSync(`${world.data}/${place}/.abc.json.4194304`, '{')
  }
  const written = `snapshots/ready/.def.json.${process.pid}` // this moment, by a run beside it
  fs.writeFileSync(`${world.data}/${written}`, '{')
  const thrown = images.trash.put(`${world.data}/snapshots/overlay/99`)
  assert.ok(thrown)
  fs.mkdirSync(`${world.data}/snapshots/overlay/98/fs`, { recursive: true })
  await ch4(world, ['prune', '-f'])
  assert.ok(store.has(kept) && snapshotter.stat('unpack-mine') !== null)
  assert.not(store.has(garbage))
  assert.equal(store.ingests().sort(), [lease.refOf('0'), 'mine'].sort())
  assert.is(snapshotter.stat('unpack-dead'), null)
  assert.equal(
    orphansIn(world).sort(),
    [`store/ingest/${lease.refOf('0')}`, 'store/ingest/mine', `store/leases/${lease.id}.json`, written].sort(),
  )
  assert.ok(store.has(open.commit()))
  lease.end()
})

asRoot('prune leaves an ingest alone until it is a blob, also one whose ref is no lease’s', async () => {
  const world = newWorld()
  await ch4(world, ['images'])
  const images = openImages(world.data)
  const lease = new Lease(images.store)
  const ingest = images.store.ingest('mine', lease)
  ingest.write(Buffer.from('whole'))
  // the last moment before the rename
  const keepBlob = lease.keepBlob.bind(lease)
  lease.keepBlob = digest => {
    images.store.locked(() => sweepAll(images))
    keepBlob(digest)
  }
  assert.ok(images.store.has(ingest.commit()))
  lease.end()
})

asRoot('prune ends and forgets the container of a RUN whose build was killed', async () => {
  const world = newWorld()
  await importBase(world)
  const context = world.directoryOf({ Dockerfile: `FROM ${baseName}\nRUN sleep 600` })
  const build = start(world, ['ch4', 'build', '-q', context], { seconds: 60 })
  await until('the RUN has a record', () => records(world).length === 1)
  const [id] = records(world)
  await initOf(world, id!)
  assert.ok(cgroupsCalled(id!).length > 0)
  build.child.kill('SIGKILL')
  await build.done
  await ch4(world, ['prune', '-f'])
  assert.equal(await leftovers(world), [])
  assert.equal(cgroupsCalled(id!), [])
  assert.equal([...orphansIn(world), ...unownedIn(world)], [])
})

asRoot('prune lets a container go on that a killed commit had made stand still', async () => {
  const world = newWorld()
  await importBase(world)
  const big = 'head -c 60000000 /dev/urandom >/big'
  await besideContainer(world, 'runs', big, async () => {
    const file = fs.readdirSync(`${world.data}/containers`).map(name => `${world.data}/containers/${name}`)[0]!
    const isFrozen = (): boolean => JSON.parse(fs.readFileSync(file, 'utf8')).frozenBy != null
    const commit = start(world, ['ch4', 'commit', 'runs', 'never'])
    await until('the commit has stopped it', isFrozen)
    commit.child.kill('SIGKILL')
    await commit.done
    assert.ok(isFrozen())
    await ch4(world, ['prune', '-f'])
    assert.not(isFrozen())
    assert.equal(orphansIn(world), [])
  })
})

asRoot('prune keeps what the build cache keeps, and removes it with -a', async () => {
  const world = newWorld()
  await ch4(world, ['images'])
  const { store, snapshotter, data } = openImages(world.data)
  const lease = new Lease(store)
  const blob = store.put(Buffer.from('{"layer":1}'), lease)
  snapshotter.prepare('step', null)
  snapshotter.commit('sha256:00', 'step')
  fs.mkdirSync(`${data}/build-cache`)
  fs.writeFileSync(
    `${data}/build-cache/abc.json`,
    JSON.stringify({ keeps: { blobs: [blob], snapshots: ['sha256:00'] } }),
  )
  lease.end()
  await ch4(world, ['prune', '-f'])
  assert.ok(store.has(blob) && snapshotter.stat('sha256:00') !== null)
  assert.match((await ch4(world, ['df'])).stdout, /^Build Cache +1 +0 +\d+/m)
  assert.match((await ch4(world, ['prune', '-af'])).stdout, /Deleted build cache objects:\nabc\n/)
  assert.not(store.has(blob) || snapshotter.stat('sha256:00') !== null)
})

asRoot('prune removes by age and label when it is told to', async () => {
  const world = newWorld()
  await imported(world, 'a', { a: '1' }, '-c', 'LABEL keep=no')
  await imported(world, 'b', { a: '2' }, '-c', 'LABEL keep=yes')
  await ch4(world, ['prune', '-af', '--filter', 'until=1h'])
  assert.equal(await names(world), ['a:latest', 'b:latest'])
  await ch4(world, ['prune', '-af', '--filter', 'label=keep=no'])
  assert.equal(await names(world), ['b:latest'])
  oneLine(await run(world, ['ch4', 'prune', '-f', '--filter', 'until=soon']), /neither a duration nor a time/)
})

asRoot('df tells what there is and what prune would give back', async () => {
  const world = newWorld()
  await imported(world, 'a', { a: 'x'.repeat(1_000_000) })
  const { kinds } = JSON.parse((await ch4(world, ['df', '--json'])).stdout)
  const [images, containers] = kinds
  assert.equal([images.type, images.total, images.active], ['Images', 1, 0])
  assert.ok(
    images.size > 2_000_000 && images.size < 2_100_000 && images.reclaimable === images.size,
    JSON.stringify(images),
  )
  assert.equal([containers.type, containers.total], ['Containers', 0])
  const { stdout } = await ch4(world, ['df'])
  assert.match(stdout, /^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages +1 +0 +2\.\d+MB +2\.\d+MB \(100%\)\n/)
  assert.match((await ch4(world, ['df', '-v'])).stdout, /^a +latest +[0-9a-f]{12} .* 0B +2\.\d+MB +0$/m)
})

needs(
  'root',
  'native',
  'user namespaces',
  'setpriv',
  'newuidmap',
)('an ordinary user’s layers are unpacked, counted and removed when they belong to its subordinate IDs', async () => {
  const world = newWorld()
  const user = withRange(world, newUser(world), 700_000, 65_536)
  const env = { ...user.options.env, MINI_DOCKER_ROOT: `${user.home}/data` }
  const options = { ...user.options, env }
  const { stdout } = await ch4(
    world,
    ['run', '--name', 'c', '--user', '0', 'mini/base', 'sh', '-c', 'mkdir -m 700 /d; echo x > /d/x; chown -R 5:5 /d'],
    options,
  )
  assert.is(stdout, '')
  assert.match((await ch4(world, ['df'], options)).stdout, /^Containers +1 +0 +[1-9]/m)
  assert.match((await ch4(world, ['prune', '-af'], options)).stdout, /untagged: mini\/base:latest/)
  await until('the trash is empty', () => {
    const trash = `${user.home}/data/trash`
    return !fs.existsSync(trash) || fs.readdirSync(trash).length === 0
  })
  assert.equal(fs.readdirSync(`${user.home}/data/snapshots/overlay`), ['records'])
})

test.run()
