/** Client and server with a bad cable between them: cut, late, or wrong at any byte, headers included. */

import { randomBytes, randomInt } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { imageStore } from '#chapters/ch4-images/index'
import { Registry } from '#chapters/ch5-registry/client/http/registry'
import { Transport } from '#chapters/ch5-registry/client/http/transport'
import { fetchBlob } from '#chapters/ch5-registry/client/transfer/fetch-blob'
import { pushBlob } from '#chapters/ch5-registry/client/transfer/push-blob'
import { cutCable, type Harm } from '#support/cut-cable'
import { ask, newRegistry, newRoot, pushBlob as putBlob, sha256 } from '#support/registry'
import { sleep } from '#support/world'

const { ContentStore, Lease } = await imageStore()
const server = await newRegistry({ idleMs: 1000 })
const cable = await cutCable(server.port)
const mediaType = 'application/vnd.oci.image.layer.v1.tar'
const stopped = new AbortController().signal
/** Where it is tried again; of time only what the other end needs to see that it was cut. */
const wait = (): Promise<void> => sleep(5)
const limits = { connect: 2000, answer: 2000, commit: 2000, body: 2000 }
const newClient = (): Registry =>
  new Registry(`127.0.0.1:${cable.port}`, { credentials: null, wait, transport: new Transport(() => true, limits) })

/** More of them where headers are than where bytes are: both matter alike. */
const somewhere = (size: number): number => (Math.random() < 0.5 ? randomInt(700) : randomInt(size + 700))
const harmsOf = (size: number, kinds: readonly Harm['kind'][]): Harm[] =>
  Array.from({ length: randomInt(1, 4) }, () => ({
    way: Math.random() < 0.5 ? 'there' : 'back',
    after: somewhere(size),
    kind: kinds[randomInt(kinds.length)]!,
  }))

async function push(bytes: Buffer): Promise<void> {
  const registry = newClient()
  const reader = async function* (first: number, end: number): AsyncIterable<Uint8Array> {
    for (let at = first; at < end; at += 65_536) yield bytes.subarray(at, Math.min(end, at + 65_536))
  }
  try {
    const place = { registry, path: 'a/b', from: [], stopped }
    await pushBlob(place, { digest: sha256(bytes), size: bytes.length, mediaType }, reader, () => undefined)
  } finally {
    await registry.close()
  }
}

async function pull(digest: string, size: number): Promise<Buffer> {
  const registry = newClient()
  const store = new ContentStore(newRoot())
  const lease = new Lease(store)
  try {
    const place = { registry, path: 'a/b', store, lease, stopped }
    await fetchBlob(place, { digest, size, mediaType }, () => undefined)
    return fs.readFileSync(store.pathOf(digest))
  } finally {
    lease.end()
    await registry.close()
  }
}

const sizes = [1, 3000, 300_000, 5_000_000] // one request, and several

test('a registry is looked for again when only the looking for it was cut', async () => {
  const bytes = randomBytes(10)
  // whether it speaks TLS, which it does not, and whether it speaks plain HTTP
  cable.harms = [
    { way: 'there', after: Number.POSITIVE_INFINITY, kind: 'wait' },
    { way: 'back', after: 0, kind: 'cut' },
  ]
  await push(bytes)
  assert.ok((await ask(server.port, 'GET', `/v2/a/b/blobs/${sha256(bytes)}`)).body.equals(bytes))
})

test('a blob is there, and is what it was, wherever its push is cut or waits', async () => {
  for (let round = 0; round < 40; round++) {
    const bytes = randomBytes(sizes[round % sizes.length]!)
    const harms = harmsOf(bytes.length, ['cut', 'cut', 'wait'])
    cable.harms = [...harms]
    await push(bytes).catch(error => assert.unreachable(`${error}: ${bytes.length} ${JSON.stringify(harms)}`))
    cable.harms = []
    const { body } = await ask(server.port, 'GET', `/v2/a/b/blobs/${sha256(bytes)}`)
    assert.ok(body.equals(bytes), JSON.stringify(harms))
  }
})

test('a blob is here, and is what it was, wherever its pull is cut or waits', async () => {
  for (let round = 0; round < 40; round++) {
    const bytes = randomBytes(sizes[round % sizes.length]!)
    const digest = await putBlob(server.port, 'a/b', bytes)
    const harms = harmsOf(bytes.length, ['cut', 'cut', 'wait'])
    cable.harms = [...harms]
    const got = await pull(digest, bytes.length).catch(error =>
      assert.unreachable(`${error}: ${bytes.length} ${JSON.stringify(harms)}`),
    )
    assert.ok(got?.equals(bytes), JSON.stringify(harms))
  }
})

test('nothing wrong is ever there or here when a byte is changed on its way', async () => {
  for (let round = 0; round < 12; round++) {
    const bytes = randomBytes(sizes[1 + (round % 3)]!)
    const digest = sha256(bytes)
    cable.harms = harmsOf(bytes.length, ['flip'])
    await push(bytes).catch(() => undefined) // it may be told that it was not what it said
    cable.harms = []
    const there = await ask(server.port, 'GET', `/v2/a/b/blobs/${digest}`)
    assert.ok(there.status === 404 || there.body.equals(bytes), String(there.status))
    await putBlob(server.port, 'a/b', bytes)
    cable.harms = harmsOf(bytes.length, ['flip'])
    const here = await pull(digest, bytes.length).catch(() => null)
    assert.ok(here === null || here.equals(bytes))
  }
})

test.after(async () => {
  await cable.close()
  await server.close(0)
})
test.run()
