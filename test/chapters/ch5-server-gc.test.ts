/** Garbage collection where not all is to be seen: nothing goes then; where all is deleted, all goes. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { collect } from '#chapters/ch5-registry/server/gc/collect'
import { accessLog } from '#chapters/ch5-registry/server/http/log'
import { Leases } from '#chapters/ch5-registry/server/leases'
import { Repositories } from '#chapters/ch5-registry/server/repositories'
import { FileSystemStorage } from '#chapters/ch5-registry/server/storage/file-system'
import { markKey, repositoriesPrefix } from '#chapters/ch5-registry/server/storage/layout'
import { S3Storage } from '#chapters/ch5-registry/server/storage/s3'
import { parseS3Address } from '#chapters/ch5-registry/server/storage/s3-address'
import { openObjects } from '#chapters/ch5-registry/server/storage/s3-objects'
import type { Storage } from '#chapters/ch5-registry/server/storage/storage'
import { type Bucket, newBucket } from '#support/bucket'
import { run } from '#support/cli'
import { ask, newRegistry, newRoot, pushBlob, pushImage } from '#support/registry'
import { oneLine } from '#support/store'
import { newWorld, nonce } from '#support/world'

interface Kind {
  open(): Promise<Storage>
  /** As if it were not there for a moment. @returns what brings it back */
  lose(directory: string): Promise<() => Promise<void>>
}

const buckets: Bucket[] = []
async function bucketOfTest(): Promise<Bucket> {
  const bucket = await newBucket()
  buckets.push(bucket)
  return bucket
}

async function inDirectory(): Promise<Kind> {
  const root = newRoot()
  return {
    open: async () => new FileSystemStorage(root),
    async lose(directory) {
      fs.renameSync(`${root}/${directory}`, `${root}/away`)
      fs.mkdirSync(`${root}/${directory}`) // where it was mounted
      return async () => {
        fs.rmdirSync(`${root}/${directory}`)
        fs.renameSync(`${root}/away`, `${root}/${directory}`)
      }
    },
  }
}

async function inBucket(): Promise<Kind> {
  const bucket = await bucketOfTest()
  const objects = await openObjects(parseS3Address(bucket.address, bucket.env))
  return {
    open: bucket.open,
    async lose(directory) {
      const keys = (await objects.list(`${directory}/`)).map(({ key }) => key)
      const kept = await Promise.all(keys.map(async key => [key, (await objects.get(key))!] as const))
      await objects.remove(...keys)
      return async () => {
        for (const [key, bytes] of kept) await objects.put(key, bytes)
      }
    },
  }
}

const all = { since: Date.now() + 3_600_000, deleteUntagged: false, dryRun: false }
/** Nobody else is there, and nothing is young. */
const without = (storage: Storage): Repositories => new Repositories(storage, new Leases(() => 0))
const cannot = async (action: () => Promise<unknown>): Promise<string> => {
  try {
    return `it went: ${JSON.stringify(await action())}`
  } catch (error) {
    return (error as Error).message
  }
}

for (const [name, make] of Object.entries({ 'a directory': inDirectory, 'a bucket': inBucket })) {
  test(`nothing of ${name} is collected when its repositories are not to be seen`, async () => {
    const kind = await make()
    const server = await newRegistry({ storage: await kind.open() })
    await pushImage(server.port, 'team/deep/app', '1', nonce())
    assert.equal((await ask(server.port, 'GET', '/v2/_catalog')).json.repositories, ['team/deep/app'])
    await server.close(1000)
    const storage = await kind.open()
    const before = await without(storage).blobs()
    assert.is(before.length, 3)
    await storage.close()
    const back = await kind.lose('repositories')
    // a server that starts meanwhile makes no difference
    const lines: string[] = []
    const second = await newRegistry({
      storage: await kind.open(),
      log: accessLog('text', text => lines.push(text)),
      graceMs: 0,
    })
    assert.is(await second.caretaker.round(), null)
    assert.match(lines.join(''), /no repository is to be seen.*disk not mounted/)
    await second.close(1000)
    const third = await kind.open()
    for (const dryRun of [true, false]) {
      assert.match(await cannot(() => collect(without(third), { ...all, dryRun })), /no repository is to be seen/)
    }
    assert.equal(await without(third).blobs(), before)
    await back()
    assert.equal((await collect(without(third), all)).blobs, [])
    await third.close()
  })

  test(`all of ${name} goes when the last repository is deleted, also what is left of it later`, async () => {
    const kind = await make()
    const server = await newRegistry({ storage: await kind.open() })
    // before anything was collected
    const loose = await pushBlob(server.port, 'team/app', nonce())
    assert.is((await ask(server.port, 'DELETE', `/v2/team/app/blobs/${loose}`)).status, 202)
    const image = await pushImage(server.port, 'team/app', '1', nonce())
    await ask(server.port, 'DELETE', `/v2/team/app/manifests/${image.digest}`)
    await server.close(1000)
    const storage = await kind.open()
    const repositories = without(storage)
    assert.is((await collect(repositories, { ...all, dryRun: true })).blobs.length, 4)
    assert.is((await collect(repositories, all)).blobs.length, 4)
    assert.equal(await repositories.blobs(), [])
    // killed between a link and its blob
    await storage.put(`blobs/sha256/${loose.slice(7)}`, 'x')
    const { blobs } = await collect(repositories, all)
    assert.equal(
      blobs.map(({ digest }) => digest),
      [loose],
    )
    await storage.close()
  })

  test(`${name} of before is marked when its repositories are seen`, async () => {
    const kind = await make()
    const server = await newRegistry({ storage: await kind.open() })
    await pushImage(server.port, 'a', '1', nonce())
    await server.close(1000)
    const storage = await kind.open()
    await storage.remove(markKey)
    assert.equal((await collect(without(storage), { ...all, dryRun: true })).blobs, [])
    assert.is(await storage.get(markKey), null)
    assert.equal((await collect(without(storage), all)).blobs, [])
    assert.ok(await storage.get(markKey))
    assert.equal(await without(storage).names(), ['a'])
    await storage.close()
  })
}

test('nothing is collected when the lists of an object store do not go down', async () => {
  const bucket = await bucketOfTest()
  const server = await newRegistry({ storage: await bucket.open() })
  await pushImage(server.port, 'team/app', '1', nonce())
  await server.close(1000)
  // as this one does without our help
  const storage = new S3Storage(await openObjects(parseS3Address(bucket.address, bucket.env)))
  assert.equal(await storage.list(repositoriesPrefix), [])
  const keys = bucket.keys()
  assert.match(await cannot(() => collect(without(storage), all)), /does not list it/)
  assert.equal(bucket.keys(), keys)
})

test('gc says in one line that a disk may not be mounted', async () => {
  const root = newRoot()
  const server = await newRegistry({}, root)
  await pushImage(server.port, 'a', '1', nonce())
  await server.close(1000)
  fs.renameSync(`${root}/repositories`, `${root}/away`)
  const world = newWorld()
  const gc = ['ch5', 'gc', '--root', root, '--grace', '0']
  for (const flags of [[], ['--dry-run'], ['--json']])
    oneLine(await run(world, [...gc, ...flags]), /is a disk not mounted/)
  fs.renameSync(`${root}/away`, `${root}/repositories`)
  assert.is((await run(world, gc)).stdout, 'freed: 0B\n')
})

test.after(async () => {
  for (const bucket of buckets) await bucket.close()
})
test.run()
