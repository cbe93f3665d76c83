/** ch5's client and blobs, against a registry that misbehaves: whatever it does, what is committed is what was asked for. */

import { randomBytes, randomInt } from 'node:crypto'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ContentStore, imageStore } from '#chapters/ch4-images/index'
import type { Credentials } from '#chapters/ch5-registry/client/auth/after-answer'
import { Registry } from '#chapters/ch5-registry/client/http/registry'
import { fetchBlob } from '#chapters/ch5-registry/client/transfer/fetch-blob'
import { pushBlob } from '#chapters/ch5-registry/client/transfer/push-blob'
import { MiniDockerError } from '#core/errors'
import { FakeRegistry, type Fault, type Seen, sha } from '#support/fake-registry'

const { ContentStore: Store, Lease } = await imageStore()
const directory = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-test-`)
process.on('exit', () => fs.rmSync(directory, { recursive: true, force: true }))
let stores = 0
const fake = await FakeRegistry.open()
const mediaType = 'application/vnd.oci.image.layer.v1.tar'
const stopped = new AbortController().signal

/** What was waited for, in milliseconds: none of it takes time here. */
const waits: number[] = []
const wait = async (ms: number): Promise<void> => void waits.push(ms)

const newStore = (): ContentStore => new Store(`${directory}/${stores++}`)
const isBlob = ({ method, path }: Seen, verb = 'GET'): boolean => method === verb && path.includes('/blobs/')

async function fetched(bytes: Buffer, fault: (seen: Seen, nth: number) => Fault | undefined, store = newStore()) {
  const digest = fake.putBlob('a/b', bytes)
  fake.seen.length = 0
  let nth = 0
  fake.fault = seen => (isBlob(seen) ? fault(seen, nth++) : undefined)
  const registry = new Registry(fake.host, { credentials: null, wait })
  const lease = new Lease(store)
  try {
    const place = { registry, path: 'a/b', store, lease, stopped }
    await fetchBlob(place, { digest, size: bytes.length, mediaType }, () => undefined)
  } finally {
    lease.end()
    await registry.close()
    fake.fault = () => undefined
  }
  return { store, digest, sent: fake.seen.reduce((sum, seen) => sum + (isBlob(seen) ? seen.sent : 0), 0) }
}

async function refused(action: () => Promise<unknown>): Promise<MiniDockerError> {
  try {
    await action()
  } catch (error) {
    if (error instanceof MiniDockerError) return error
    throw error
  }
  throw new Error('it was accepted')
}

test('a blob is whole, and hardly more than its bytes come, when the connection is cut at random places', async () => {
  for (let round = 0; round < 30; round++) {
    const bytes = randomBytes(randomInt(1, 400_000))
    const cuts = Array.from({ length: randomInt(1, 4) }, () => randomInt(0, bytes.length))
    const { store, digest, sent } = await fetched(bytes, (_, nth) =>
      cuts[nth] === undefined ? undefined : { cutAt: cuts[nth]! },
    )
    assert.ok(store.read(digest).equals(bytes))
    assert.ok(sent < bytes.length * 1.001 + 4096, `${sent} bytes were sent for ${bytes.length}`)
  }
})

test('a blob is whole when the registry knows no ranges and the connection is cut', async () => {
  const bytes = randomBytes(200_000)
  const { store, digest } = await fetched(bytes, (_, nth) => (nth === 0 ? { cutAt: 70_000 } : { ignoresRanges: true }))
  assert.ok(store.read(digest).equals(bytes))
})

test('another process goes on where one was cut off, when both want the same blob', async () => {
  const bytes = randomBytes(300_000)
  const store = newStore()
  // five times at the same place: the first gives up
  const error = await refused(() => fetched(bytes, (_, nth) => ({ cutAt: nth === 0 ? 200_000 : 0 }), store))
  assert.is(error.class, 'Unavailable')
  assert.is(store.has(sha(bytes)), false)
  const { sent } = await fetched(bytes, () => undefined, store)
  assert.ok(store.read(sha(bytes)).equals(bytes))
  assert.ok(sent <= 100_000, `${sent} bytes were sent again`)
})

test('a blob is fetched anew when what is here of it was changed by the disk', async () => {
  const bytes = randomBytes(100_000)
  const store = newStore()
  await refused(() => fetched(bytes, (_, nth) => ({ cutAt: nth === 0 ? 60_000 : 0 }), store))
  const [ref] = store.ingests()
  const file = `${store.root}/ingest/${ref}/data`
  const part = fs.readFileSync(file)
  part[10]! ^= 1
  fs.writeFileSync(file, part)
  await fetched(bytes, () => undefined, store)
  assert.ok(store.read(sha(bytes)).equals(bytes))
})

const lies: Readonly<Record<string, (bytes: Buffer) => Fault>> = {
  'other bytes': () => ({ body: own => Buffer.from(own).fill(own[7]! ^ 1, 7, 8) }),
  'fewer bytes, and says so': bytes => ({
    body: own => own.subarray(0, -1),
    headers: { 'content-length': String(bytes.length - 1) },
  }),
  'more bytes': bytes => ({
    body: own => Buffer.concat([own, Buffer.from('x')]),
    headers: { 'content-length': String(bytes.length + 1) },
  }),
  'more bytes, without a length': () => ({
    answer: { status: 200, headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(300_000) },
    headers: { 'content-length': undefined },
  }),
  'a page': () => ({ answer: { status: 200, body: '<html>' } }),
  'another range': () => ({ answer: { status: 206, headers: { 'content-range': 'bytes 5-9/10' }, body: '56789' } }),
  'a range of itself for ever': () => ({ answer: { status: 416 } }),
}
for (const [what, lie] of Object.entries(lies)) {
  test(`nothing is committed when a registry sends ${what}`, async () => {
    const bytes = randomBytes(100_000)
    const store = newStore()
    const error = await refused(() => fetched(bytes, () => lie(bytes), store))
    assert.ok(['FailedPrecondition', 'InvalidArgument'].includes(error.class), `${error.class}: ${error.message}`)
    assert.is(store.has(sha(bytes)), false)
    assert.ok(fake.seen.length < 20, `${fake.seen.length} requests`)
  })
}

test('a busy registry is asked again, as late as it says, and not for ever', async () => {
  const bytes = randomBytes(1000)
  waits.length = 0
  const { store, digest } = await fetched(bytes, (_, nth) =>
    nth < 2 ? { answer: { status: nth === 0 ? 429 : 503, headers: { 'retry-after': '1' } } } : undefined,
  )
  assert.ok(store.has(digest))
  assert.equal(waits, [1000, 1000])
  const error = await refused(() =>
    fetched(randomBytes(10), () => ({ answer: { status: 429, headers: { 'retry-after': '3600' } } })),
  )
  assert.is(error.class, 'Unavailable')
  assert.is(fake.count('GET', '/blobs/'), 1)
})

test('credentials stay with the registry when a blob lies elsewhere', async () => {
  const elsewhere = await FakeRegistry.open()
  try {
    const bytes = randomBytes(50_000)
    elsewhere.putBlob('x', bytes)
    fake.auth = { user: 'ann', password: 's3cret', kind: 'basic' }
    const digest = fake.putBlob('a/b', bytes)
    fake.fault = seen =>
      isBlob(seen) && seen.headers.authorization !== undefined
        ? {
            answer: {
              status: 307,
              headers: { location: `http://localhost:${elsewhere.host.split(':')[1]}/v2/x/blobs/${digest}` },
            },
          }
        : undefined
    const registry = new Registry(fake.host, { credentials: { kind: 'password', user: 'ann', password: 's3cret' } })
    const store = newStore()
    const place = { registry, path: 'a/b', store, lease: new Lease(store), stopped }
    await fetchBlob(place, { digest, size: bytes.length, mediaType }, () => undefined)
    await registry.close()
    assert.ok(store.has(digest))
    assert.is(elsewhere.seen.length, 1)
    assert.is(elsewhere.seen[0]!.headers.authorization, undefined)
  } finally {
    fake.auth = undefined
    fake.fault = () => undefined
    await elsewhere.close()
  }
})

test('redirects come to an end when they lead in a circle', async () => {
  const error = await refused(() =>
    fetched(randomBytes(10), seen => ({ answer: { status: 302, headers: { location: seen.path } } })),
  )
  assert.match(error.message, /redirects more than 10 times/)
})

async function pushed(
  bytes: Buffer,
  fault: (seen: Seen, nth: number) => Fault | undefined,
  { from = [], credentials = null }: { from?: readonly string[]; credentials?: Credentials | null } = {},
): Promise<void> {
  fake.seen.length = 0
  let nth = 0
  fake.fault = seen => (seen.path.includes('/blobs/') || seen.path === '/token' ? fault(seen, nth++) : undefined)
  const registry = new Registry(fake.host, { credentials, wait })
  try {
    const reader = async function* (first: number, end: number): AsyncIterable<Uint8Array> {
      for (let at = first; at < end; at += 65_536) yield bytes.subarray(at, Math.min(end, at + 65_536))
    }
    const place = { registry, path: 'c/d', from, stopped }
    await pushBlob(place, { digest: sha(bytes), size: bytes.length, mediaType }, reader, () => undefined)
  } finally {
    await registry.close()
    fake.fault = () => undefined
  }
  assert.ok(fake.blobs.get(`c/d ${sha(bytes)}`)?.equals(bytes))
}

test('a blob arrives, and little is sent twice, when the connection is cut at random places of an upload', async () => {
  for (let round = 0; round < 12; round++) {
    const bytes = randomBytes(5_000_000 + randomInt(1, 100_000)) // more than goes in one request
    const cuts = Array.from({ length: randomInt(1, 4) }, () => randomInt(1, bytes.length))
    let patches = 0
    await pushed(bytes, seen => {
      if (seen.method !== 'PATCH') return undefined
      const cut = cuts[patches++]
      return cut === undefined ? undefined : { cutRequestAt: cut }
    })
    const sent = fake.seen.reduce((sum, { received }) => sum + received, 0)
    assert.ok(sent <= bytes.length + 1, `${sent} bytes were taken for ${bytes.length}`)
  }
})

test('a blob arrives when any one request of its push is answered by nothing, 503 or 429', async () => {
  for (const size of [1000, 5_000_000]) {
    for (const fault of [
      { cutAt: 0 },
      { answer: { status: 503 } },
      { answer: { status: 429, headers: { 'retry-after': '0' } } },
    ]) {
      for (let index = 0; index < 4; index++)
        await pushed(randomBytes(size), (_, nth) => (nth === index ? fault : undefined))
    }
  }
})

test('a blob is sent when the registry lets us mount it from nowhere, whatever it says', async () => {
  for (const status of [401, 403, 404, 405]) {
    const asked: string[] = []
    const headers = status === 401 ? { 'www-authenticate': `Bearer realm="http://${fake.host}/token",service="x"` } : {}
    const mount = (seen: Seen): Fault | undefined => {
      if (seen.path === '/token') asked.push(seen.query.getAll('scope').join(' '))
      return seen.query.has('mount') ? { answer: { status, headers } } : undefined
    }
    const user = { user: 'ann', password: 'word', kind: 'token' } as const
    if (status === 401) fake.auth = user
    try {
      const bytes = randomBytes(1000)
      await pushed(bytes, mount, { from: ['old', 'older'], credentials: { ...user, kind: 'password' } })
      assert.is(fake.seen.filter(({ query }) => query.has('mount')).length, status === 401 ? 4 : 2, String(status))
      if (status === 401) assert.match(asked.join('; '), /repository:older:pull/)
    } finally {
      fake.auth = undefined
    }
  }
})

test('an upload begins anew when the registry has forgotten it, and not for ever', async () => {
  let patches = 0
  const forget = (seen: Seen): Fault | undefined =>
    seen.method === 'PATCH' && patches++ === 0 ? { answer: { status: 404 } } : undefined
  await pushed(randomBytes(5_000_000), forget)
  const error = await refused(() =>
    pushed(randomBytes(5_000_000), seen => (seen.method === 'PATCH' ? { answer: { status: 416 } } : undefined)),
  )
  assert.is(error.class, 'InvalidArgument')
  assert.ok(fake.seen.length < 60, `${fake.seen.length} requests`)
})

test.after(() => fake.close())
test.run()
