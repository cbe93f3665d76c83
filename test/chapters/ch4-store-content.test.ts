import { fork } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ContentStore } from '#chapters/ch4-images/store/content'
import { Lease, livingLeases } from '#chapters/ch4-images/store/leases'
import { sha256 } from '#support/store'
import { newWorld, until } from '#support/world'

const world = newWorld()
const newStore = (): ContentStore => new ContentStore(world.path())

test('a store is an empty image layout when it is made', () => {
  const { root } = newStore()
  assert.equal(JSON.parse(fs.readFileSync(`${root}/oci-layout`, 'utf8')), { imageLayoutVersion: '1.0.0' })
  assert.equal(JSON.parse(fs.readFileSync(`${root}/index.json`, 'utf8')), { schemaVersion: 2, manifests: [] })
})

test('a blob is there when it is committed and not before', () => {
  const store = newStore()
  const lease = new Lease(store)
  const ingest = store.ingest('one', lease)
  ingest.write(Buffer.from('a layer'))
  assert.equal(store.digests(), [])
  const digest = ingest.commit({ size: 7, digest: sha256('a layer') })
  assert.is(fs.readFileSync(store.pathOf(digest), 'utf8'), 'a layer')
  assert.equal(store.ingests(), [])
  assert.ok(store.verify(digest))
})

test('an ingest goes on where it was when its writer was cut off', () => {
  const store = newStore()
  const lease = new Lease(store)
  const first = store.ingest('layer-1', lease)
  first.write(Buffer.from('half of '))
  first.close()
  const second = store.ingest('layer-1', lease)
  assert.is(second.size, 8)
  second.write(Buffer.from('it'))
  assert.is(second.commit({ digest: sha256('half of it') }), sha256('half of it'))
})

test('an ingest begins anew when what is there was another', () => {
  const store = newStore()
  const ingest = store.ingest('layer-1', new Lease(store))
  ingest.write(Buffer.from('wrong'))
  ingest.truncate()
  ingest.write(Buffer.from('right'))
  assert.is(ingest.commit({ digest: sha256('right') }), sha256('right'))
})

test('nothing is there when the digest or the size is another', () => {
  const store = newStore()
  for (const expected of [{ digest: sha256('other') }, { size: 3 }]) {
    const ingest = store.ingest('wrong', new Lease(store))
    ingest.write(Buffer.from('these'))
    assert.throws(
      () => ingest.commit(expected),
      /blob 'sha256:[0-9a-f]{64}': (has 5 bytes, not 3|its bytes have the digest)/,
    )
    assert.equal([store.digests(), store.ingests()], [[], []])
  }
})

test('an ingest is one writer’s when two open it', () => {
  const store = newStore()
  const ingest = store.ingest('layer-1', new Lease(store))
  assert.throws(() => store.ingest('layer-1', new Lease(store)), /ingest 'layer-1': somebody else writes it/)
  ingest.abort()
  store.ingest('layer-1', new Lease(store)).abort()
})

test('a sealed ingest can be committed later when its file is closed', () => {
  const store = newStore()
  const lease = new Lease(store).begin()
  const ingests = Array.from({ length: 40 }, (_, i) => {
    const ingest = store.ingest(lease.refOf(String(i)), lease)
    ingest.write(Buffer.from(`blob ${i}`))
    ingest.seal({})
    return ingest
  })
  assert.is(store.ingests().length, 40)
  for (const ingest of ingests) ingest.commit()
  assert.is(store.digests().length, 40)
})

test('a blob that the disk changed is whole again when it comes in again', () => {
  const store = newStore()
  const lease = new Lease(store)
  const digest = store.put(Buffer.from('{"a":1}'), lease)
  fs.writeFileSync(store.pathOf(digest), '{"a":2}')
  assert.throws(() => store.read(digest), /its bytes have another digest: the disk changed them/)
  store.put(Buffer.from('{"a":1}'), lease)
  assert.ok(store.verify(digest))
  fs.writeFileSync(store.pathOf(digest), '{"a":3}')
  const ingest = store.ingest('again', lease)
  ingest.write(Buffer.from('{"a":1}'))
  ingest.commit()
  assert.is(store.read(digest).toString(), '{"a":1}')
})

test('no path is made of what is no digest or no ref when it is asked for', () => {
  const store = newStore()
  for (const digest of ['sha256:../../etc/passwd', 'sha256:', 'md5:00', `sha256:${'A'.repeat(64)}`]) {
    assert.throws(() => store.pathOf(digest), /is no sha256 digest/)
  }
  for (const ref of ['', '.', '..', 'a/b', '.x', 'a\0b']) {
    assert.throws(() => store.ingest(ref, new Lease(store)), /is no name for one/)
  }
})

test('a lease is nobody’s when its owner has died', async () => {
  const store = newStore()
  const lease = new Lease(store)
  lease.keepBlob('sha256:a')
  lease.keepSnapshot('key', 'other')
  assert.equal([...livingLeases(store).keys()], [lease.id])
  const program = `
    import { ContentStore } from '${new URL('../../chapters/ch4-images/store/content.js', import.meta.url)}'
    import { Lease } from '${new URL('../../chapters/ch4-images/store/leases.js', import.meta.url)}'
    new Lease(new ContentStore(process.argv[2])).keepBlob('sha256:b')
    process.send('kept')
    setInterval(() => {}, 1000)`
  const file = `${world.path()}.mjs`
  fs.writeFileSync(file, program)
  const child = fork(file, [store.root])
  await new Promise(resolve => child.once('message', resolve))
  assert.is(livingLeases(store).size, 2)
  child.kill('SIGKILL')
  await until('it is dead', () => livingLeases(store).size === 1)
  assert.is(fs.readdirSync(`${store.root}/leases`).length, 1)
  lease.end()
  assert.is(livingLeases(store).size, 0)
})

test('the lock is one process’s at a time and goes with who is killed when it holds it', async () => {
  const store = newStore()
  const file = `${world.path()}.mjs`
  fs.writeFileSync(
    file,
    `
    import * as fs from 'node:fs'
    import { ContentStore } from '${new URL('../../chapters/ch4-images/store/content.js', import.meta.url)}'
    const store = new ContentStore(process.argv[2])
    const [, , , file, times] = process.argv
    if (times === 'hang') store.locked(() => { process.send('held'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) })
    for (let i = 0; i < Number(times); i++) store.locked(() => fs.writeFileSync(file, String(Number(fs.readFileSync(file, 'utf8')) + 1)))
    process.exit(0)`,
  )
  const counter = world.path()
  fs.writeFileSync(counter, '0')
  const started = (times: string) => fork(file, [store.root, counter, times])
  const ended = (child: ReturnType<typeof started>) => new Promise(resolve => child.once('exit', resolve))
  await Promise.all(['300', '300', '300'].map(times => ended(started(times))))
  assert.is(fs.readFileSync(counter, 'utf8'), '900')
  const holder = started('hang')
  await new Promise(resolve => holder.once('message', resolve))
  const waiting = started('1')
  setTimeout(() => holder.kill('SIGKILL'), 50)
  await ended(waiting)
  assert.is(fs.readFileSync(counter, 'utf8'), '901')
})

test.run()
