import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { collect } from '#chapters/ch5-registry/server/gc/collect'
import { FileSystemStorage } from '#chapters/ch5-registry/server/storage/file-system'
import { S3Storage } from '#chapters/ch5-registry/server/storage/s3'
import { parseS3Address } from '#chapters/ch5-registry/server/storage/s3-address'
import type { Storage } from '#chapters/ch5-registry/server/storage/storage'
import { MiniDockerError } from '#core/errors'
import { type Bucket, newBucket } from '#support/bucket'
import { run } from '#support/cli'
import { ask, imageOf, newRegistry, newRoot, pushBlob, pushImage, putManifest, sha256 } from '#support/registry'
import { newWorld, nonce } from '#support/world'

let bucket: Bucket
test.before(async () => {
  bucket = await newBucket()
})
test.after(() => bucket.close())

const storages: Readonly<Record<string, () => Promise<Storage>>> = {
  'a directory': async () => new FileSystemStorage(newRoot()),
  'a bucket': () => bucket.open(),
}

const wholeOf = async (storage: Storage, key: string, first?: number, last?: number): Promise<Buffer | null> => {
  const stream = await storage.read(key, first === undefined ? undefined : { first, last: last! })
  if (stream === null) return null
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk)) // its memory is used again
  return Buffer.concat(chunks)
}

const uploaded = async (storage: Storage, bytes: Uint8Array): Promise<string> => {
  const at = `repositories/${nonce()}/_uploads/${crypto.randomUUID()}`
  const appender = (await storage.append(at, true))!
  await appender.write([bytes])
  await appender.close()
  return at
}

for (const [name, open] of Object.entries(storages)) {
  test(`${name} keeps documents, replaces and lists them, and says what was not there`, async () => {
    const storage = await open()
    const at = `repositories/${nonce()}`
    assert.is(await storage.get(`${at}/a`), null)
    assert.is(await storage.stat(`${at}/a`), null)
    assert.is(await storage.remove(`${at}/a`), false)
    await storage.put(`${at}/a`, '')
    await storage.put(`${at}/b/c`, 'one')
    await storage.put(`${at}/b/c`, 'other')
    assert.equal(await storage.list(`${at}/`), ['a', 'b/'])
    assert.equal(await storage.list(`${at}/none/`), [])
    assert.is((await storage.get(`${at}/b/c`))?.toString(), 'other')
    assert.is((await storage.stat(`${at}/a`))?.size, 0)
    assert.ok(Math.abs((await storage.stat(`${at}/b/c`))!.modified - Date.now()) < 10_000)
    assert.is((await wholeOf(storage, `${at}/b/c`, 1, 3))?.toString(), 'the')
    assert.is(await storage.remove(`${at}/a`), true)
    assert.equal(await storage.list(`${at}/`), ['b/'])
    await storage.close()
  })

  test(`${name} takes an upload in pieces, reads it, and makes it a blob in one step`, async () => {
    const storage = await open()
    const [at, hex] = [`repositories/${nonce()}/_uploads/${crypto.randomUUID()}`, sha256(nonce()).slice(7)]
    const parts = [5, 3 << 20, 9 << 20, 17 << 20, 1].map(size => randomBytes(size))
    assert.is(await storage.append(at), null)
    await (await storage.append(at, true))!.close()
    assert.is((await storage.stat(at))?.size, 0)
    let size = 0
    for (const part of parts) {
      const appender = (await storage.append(at))!
      assert.is(appender.size, size)
      await appender.write([part.subarray(0, 2), part.subarray(2)])
      size += part.length
      assert.is(appender.size, size)
      await appender.close()
      await appender.close()
    }
    const whole = Buffer.concat(parts)
    assert.ok((await wholeOf(storage, at))!.equals(whole))
    const key = `blobs/sha256/${hex}`
    assert.is(await storage.stat(key), null)
    await storage.commit(at, key)
    assert.is(await storage.stat(at), null)
    assert.is((await storage.stat(key))?.size, whole.length)
    const spans = [
      [0, 1],
      [4, 5],
      [(8 << 20) - 3, (8 << 20) + 3],
      [whole.length - 2, whole.length - 1],
    ] as const
    for (const [first, last] of spans) {
      assert.ok((await wholeOf(storage, key, first, last))!.equals(whole.subarray(first, last + 1)), `${first}-${last}`)
    }
    assert.ok((await wholeOf(storage, key))!.equals(whole))
    assert.ok((await storage.list('blobs/sha256/')).includes(hex))
    assert.is(await storage.remove(key), true)
    assert.is(await storage.read(key), null)
    await storage.close()
  })

  test(`${name} keeps one of many uploads that become the same at once`, async () => {
    const storage = await open()
    const bytes = randomBytes(1000)
    const key = `blobs/sha256/${sha256(bytes).slice(7)}`
    const uploads = await Promise.all(Array.from({ length: 8 }, () => uploaded(storage, bytes)))
    await Promise.all(uploads.map(upload => storage.commit(upload, key)))
    const late = await uploaded(storage, bytes)
    await storage.commit(late, key)
    for (const upload of [...uploads, late]) assert.is(await storage.stat(upload), null)
    assert.ok((await wholeOf(storage, key))!.equals(bytes))
    await storage.close()
  })

  test(`${name} takes the next upload when the first that was to become the same cannot`, async () => {
    const storage = await open()
    const bytes = randomBytes(1000)
    const key = `blobs/sha256/${sha256(bytes).slice(7)}`
    const upload = await uploaded(storage, bytes)
    const commits = await Promise.allSettled([`${upload}0`, upload].map(from => storage.commit(from, key)))
    assert.equal(
      commits.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    )
    assert.ok((await wholeOf(storage, key))!.equals(bytes))
    await storage.close()
  })

  test(`${name} forgets an upload that is removed while it is written`, async () => {
    const storage = await open()
    const at = `repositories/${nonce()}/_uploads/${crypto.randomUUID()}`
    const appender = (await storage.append(at, true))!
    await appender.write([randomBytes(100)])
    assert.is(await storage.remove(at), true)
    await appender.close()
    assert.is(await storage.stat(at), null)
    await storage.close()
  })
}

test('a directory keeps the file of the first when many bring the same, and replaces one that is cut short', async () => {
  const root = newRoot()
  const storage = new FileSystemStorage(root)
  const bytes = randomBytes(1000)
  const key = `blobs/sha256/${sha256(bytes).slice(7)}`
  const fileAt = (place: string): number => fs.statSync(`${root}/${place}`).ino
  const uploads = await Promise.all(Array.from({ length: 8 }, () => uploaded(storage, bytes)))
  const first = fileAt(uploads[0]!)
  await Promise.all(uploads.map(upload => storage.commit(upload, key)))
  assert.is(fileAt(key), first)
  await storage.commit(await uploaded(storage, bytes), key)
  assert.is(fileAt(key), first)
  fs.truncateSync(`${root}/${key}`, 999)
  await storage.commit(await uploaded(storage, bytes), key)
  assert.ok((await wholeOf(storage, key))!.equals(bytes))
  await storage.close()
})

const newServer = async () => newRegistry({ storage: await bucket.open() })

test('two servers of one bucket are one registry: an upload begun at one is ended at the other', async () => {
  const [one, other] = [await newServer(), await newServer()]
  const name = `team/${nonce()}`
  const image = await pushImage(one.port, name, '1', nonce())
  assert.is((await ask(other.port, 'GET', `/v2/${name}/manifests/1`)).body.toString(), image.bytes)
  const bytes = randomBytes(10 << 20)
  const begun = await ask(one.port, 'POST', `/v2/${name}/blobs/uploads/`)
  const at = begun.headers.location!
  await ask(one.port, 'PATCH', at, { body: bytes.subarray(0, 9 << 20) })
  assert.is((await ask(other.port, 'GET', at)).headers.range, `0-${(9 << 20) - 1}`)
  const ended = await ask(other.port, 'PUT', `${at}?digest=${sha256(bytes)}`, { body: bytes.subarray(9 << 20) })
  assert.is(ended.status, 201)
  assert.is((await ask(one.port, 'GET', at)).status, 404)
  for (const { port } of [one, other]) {
    assert.is(sha256((await ask(port, 'GET', `/v2/${name}/blobs/${sha256(bytes)}`)).body), sha256(bytes))
    const part = await ask(port, 'GET', `/v2/${name}/blobs/${sha256(bytes)}`, {
      headers: { range: 'bytes=8388600-8388700' },
    })
    assert.ok(part.status === 206 && part.body.equals(bytes.subarray(8_388_600, 8_388_701)))
  }
  await one.close(1000)
  await other.close(1000)
})

test('what two servers wrote into one upload is never served under the digest of one of them', async () => {
  const [one, other] = [await newServer(), await newServer()]
  const name = `team/${nonce()}`
  const [good, bad] = [randomBytes(1000), randomBytes(1000)]
  const at = (await ask(one.port, 'POST', `/v2/${name}/blobs/uploads/`)).headers.location!
  const key = `repositories/${name}/_uploads/${at.split('/').at(-1)}`
  const late = (await (await bucket.open()).append(key))!
  await late.write([bad])
  assert.is((await ask(one.port, 'PATCH', at, { body: good })).status, 202)
  await late.close() // as many bytes, and its list is the later one
  const answer = await ask(one.port, 'PUT', `${at}?digest=${sha256(good)}`)
  const served = await ask(other.port, 'GET', `/v2/${name}/blobs/${sha256(good)}`)
  assert.is(answer.code, 'DIGEST_INVALID')
  assert.is(served.status, 404)
  await one.close(1000)
  await other.close(1000)
})

test('garbage of a bucket goes with all its pieces, and what is pushed twice lies there once', async () => {
  const server = await newServer()
  const pieces = () => bucket.keys().filter(key => key.includes('pieces/')).length
  const before = pieces()
  const [name, bytes] = [`team/${nonce()}`, randomBytes(9 << 20)]
  await pushBlob(server.port, name, bytes)
  assert.is(pieces(), before + 2)
  await pushBlob(server.port, `${name}/b`, bytes)
  assert.is(pieces(), before + 2)
  const digest = sha256(bytes)
  const config = JSON.stringify({ name })
  await pushBlob(server.port, name, config)
  const { bytes: manifest } = imageOf(config, [bytes])
  assert.is((await putManifest(server.port, name, '1', manifest)).status, 201)
  const settings = { since: Date.now() + 10_000, deleteUntagged: true, dryRun: false }
  const { repositories } = server.registry
  const own = Object.assign(Object.create(repositories), {
    leases: { usedSince: () => false, remove: (_: string, __: number, action: () => unknown) => action() },
  })
  await collect(own, settings)
  const kept = await ask(server.port, 'GET', `/v2/${name}/blobs/${digest}`)
  assert.is(kept.status, 200, kept.body.toString().slice(0, 200))
  assert.is(sha256(kept.body), digest)
  await ask(server.port, 'DELETE', `/v2/${name}/manifests/1`)
  const gone = await collect(own, settings)
  assert.ok(gone.blobs.some(blob => blob.digest === digest))
  assert.is((await ask(server.port, 'GET', `/v2/${name}/blobs/${digest}`)).status, 404)
  assert.ok(pieces() <= before)
  await server.close(1000)
})

test('a bucket that does not answer is told to be so, and nothing is said to be missing', async () => {
  const own = await newBucket()
  const server = await newRegistry({ storage: await S3Storage.open(own.address, own.env) })
  const image = await pushImage(server.port, 'a', '1', nonce())
  await own.close()
  const answer = await ask(server.port, 'GET', `/v2/a/manifests/${image.digest}`)
  assert.is(answer.code, 'UNAVAILABLE')
  await server.close(1000)
})

test('an address of a bucket is read as the AWS CLI would, and a wrong one refused', () => {
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  const { endpoint, prefix, region } = parseS3Address('s3://images/one', { ...env, AWS_REGION: 'eu-central-1' })
  assert.equal([endpoint, prefix, region], ['https://images.s3.eu-central-1.amazonaws.com', 'one/', 'eu-central-1'])
  assert.is(parseS3Address('s3://images?endpoint=http://h:9/', env).endpoint, 'http://h:9/images')
  assert.is(parseS3Address('s3://images', { ...env, AWS_ENDPOINT_URL: 'http://h:9' }).endpoint, 'http://h:9/images')
  const wrong = [
    'images',
    's3://',
    's3://A',
    's3://images/../x',
    's3://images/a?b=c',
    's3://images?endpoint=ftp://h',
    's3://im@ges',
  ]
  for (const text of wrong) {
    assert.throws(
      () => parseS3Address(text, env),
      (error: unknown) => error instanceof MiniDockerError && error.class === 'InvalidArgument',
      text,
    )
  }
  assert.throws(() => parseS3Address('s3://images', {}), /as whom/)
  assert.throws(() => parseS3Address('s3://images', { ...env, AWS_SESSION_TOKEN: 'x' }), /SESSION/)
})

test('ch5 serve says in a line what is wrong with its bucket', async () => {
  const world = newWorld()
  const without = await run(world, ['ch5', 'serve', '--storage', 's3://images'])
  assert.is(without.code, 125)
  assert.match(without.stderr, /AWS_ACCESS_KEY_ID/)
  assert.is(without.stderr.trim().split('\n').length, 1)
})

test.run()
