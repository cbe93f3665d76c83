/** A push that was killed, and the next: what was noted of its uploads is gone on with, and nothing fails for a note that is wrong. */

import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { imageStore } from '#chapters/ch4-images/index'
import { Registry } from '#chapters/ch5-registry/client/http/registry'
import { noteOfUpload } from '#chapters/ch5-registry/client/image/upload-notes'
import { isNotes, startOf, trustAfter, type UploadNote } from '#chapters/ch5-registry/client/transfer/noted-upload'
import { pushBlob } from '#chapters/ch5-registry/client/transfer/push-blob'
import { run, start } from '#support/cli'
import { FakeRegistry, type Fault, type Seen, sha } from '#support/fake-registry'
import { needs } from '#support/needs'
import { ask, newRegistry } from '#support/registry'
import { slowCable } from '#support/slow-cable'
import { ch4 } from '#support/store'
import { newWorld, nonce, until } from '#support/world'

const location = 'http://127.0.0.1:1/v2/a/blobs/uploads/1'
const mediaType = 'application/vnd.oci.image.layer.v1.tar'

test('a push asks for an upload first when one is noted, and looks for the blob when none is', () => {
  assert.equal(startOf(null), { state: { at: 'look', restarts: 0 }, trust: 'own' })
  assert.equal(startOf(location), { state: { at: 'ask', restarts: 0, location }, trust: 'noted' })
})

test('a note is the reason of a failure until the registry has the upload, and of a refusal until it is begun anew', () => {
  const [ask, finish] = [
    { at: 'ask', restarts: 0, location } as const,
    { at: 'finish', restarts: 0, location } as const,
  ]
  const chunk = { at: 'chunk', restarts: 0, location, offset: 7, least: 0 } as const
  assert.is(trustAfter('noted', ask), 'noted')
  for (const state of [chunk, finish]) assert.is(trustAfter('noted', state), 'found')
  assert.is(trustAfter('found', ask), 'found') // cut off, and asked again
  for (const trust of ['own', 'noted', 'found'] as const)
    assert.is(trustAfter(trust, { at: 'look', restarts: 1 }), 'own')
  assert.is(trustAfter('own', chunk), 'own')
  assert.equal(
    (['own', 'noted', 'found'] as const).map(trust => [isNotes(trust, 'refused'), isNotes(trust, 'unreachable')]),
    [
      [false, false],
      [true, true],
      [true, false],
    ],
  )
})

const { openImages } = await imageStore()
const images = openImages(newWorld().data)
const file = `${images.data}/uploads.json`
const digest = sha(nonce())
const note = (path = 'a', blob = digest): UploadNote => noteOfUpload(images, 'localhost:1', path, blob)
/** As if whoever noted it were dead. */
function kill(change: (entry: Record<string, unknown>) => void = () => undefined): void {
  const written = JSON.parse(fs.readFileSync(file, 'utf8'))
  for (const entry of written.uploads) {
    entry.owner.startTime = '1'
    change(entry)
  }
  fs.writeFileSync(file, JSON.stringify(written))
}

test('an upload is noted for its blob and its repository, for its owner’s eyes, until it is done', () => {
  note().keep(location)
  assert.is(fs.statSync(file).mode & 0o777, 0o600)
  assert.is(note().take(), null, 'a push that runs has it')
  kill()
  for (const other of [note('b'), note('a', sha(nonce()))]) assert.is(other.take(), null)
  const [first, second] = [note(), note()]
  assert.is(first.take(), location)
  assert.is(second.take(), null)
  first.drop()
  assert.is(fs.existsSync(file), false)
})

test('a note is forgotten when it is a day old, no address, or has a password in it', () => {
  for (const change of [
    { noted: Date.now() - 25 * 3_600_000 },
    { noted: Date.now() + 25 * 3_600_000 },
    { noted: null },
    { location: 'file:///etc/passwd' },
    { location: '/v2/' },
    { location: 'http://ann:secret@127.0.0.1/' },
    { owner: null },
  ]) {
    note().keep(location)
    kill(entry => Object.assign(entry, change))
    assert.is(note().take(), null, JSON.stringify(change))
  }
  note().keep('http://ann:secret@127.0.0.1/')
  assert.not.ok(fs.existsSync(file) && /secret/.test(fs.readFileSync(file, 'utf8')))
})

test('nothing is noted, and nothing fails, when the file is damaged or cannot be written', () => {
  for (const text of ['', '[]', '{"version":1,"uploads":[null,7,{"location":7}]}', '{"version":2}']) {
    fs.writeFileSync(file, text)
    assert.is(note().take(), null)
    note().keep(location)
    kill()
    assert.is(note().take(), location)
    fs.rmSync(file)
  }
  fs.mkdirSync(file)
  assert.is(note().take(), null)
  note().keep(location)
  note().drop()
  fs.rmdirSync(file)
})

/** Its own upload, another blob's, and none at all, as they lie at a registry. */
const fake = await FakeRegistry.open()
async function pushedWith(bytes: Buffer, noted: string, fault: (seen: Seen) => Fault | undefined = () => undefined) {
  fake.seen.length = 0
  fake.fault = fault
  const said: (string | null)[] = []
  const registry = new Registry(fake.host, { credentials: null, wait: async () => undefined })
  const reader = async function* (first: number, end: number): AsyncIterable<Uint8Array> {
    yield bytes.subarray(first, end)
  }
  const one = { take: () => noted, keep: (at: string) => void said.push(at), drop: () => void said.push(null) }
  const place = { registry, path: 'a', from: [], stopped: new AbortController().signal, note: one }
  try {
    await pushBlob(place, { digest: sha(bytes), size: bytes.length, mediaType }, reader, () => undefined)
  } finally {
    await registry.close()
  }
  assert.ok(fake.blobs.get(`a ${sha(bytes)}`)?.equals(bytes))
  assert.is(said.at(-1), null)
  return fake.seen.reduce((sum, { received }) => sum + received, 0)
}
const uploadAt = (id: string): string => `http://${fake.host}/v2/a/blobs/uploads/${id}`

test('a push goes on where a noted upload is, and begins the blob anew when the note is wrong', async () => {
  const bytes = randomBytes(5_000_000)
  fake.uploads.set('own', bytes.subarray(0, 3_000_000))
  assert.is(await pushedWith(bytes, uploadAt('own')), 2_000_000)
  assert.equal(
    fake.seen.map(({ method }) => method).filter(method => method !== 'HEAD' && method !== 'GET'),
    ['PATCH', 'PUT'],
  )
  const lies: Record<string, () => Promise<number>> = {
    'it is forgotten': () => pushedWith(bytes, uploadAt('none')),
    'another blob is in it': () => {
      fake.uploads.set('other', randomBytes(3_000_000))
      return pushedWith(bytes, uploadAt('other'))
    },
    'more is in it': () => {
      fake.uploads.set('more', randomBytes(6_000_000))
      return pushedWith(bytes, uploadAt('more'))
    },
    'nobody listens there': () => pushedWith(bytes, location),
    'there is no such host': () => pushedWith(bytes, 'http://nowhere.invalid/v2/a/blobs/uploads/1'),
  }
  for (const status of [200, 301, 400, 401, 403, 405, 416, 429, 500, 503]) {
    lies[`it answers ${status}`] = () =>
      pushedWith(bytes, uploadAt('odd'), ({ path }) => (path.endsWith('/odd') ? { answer: { status } } : undefined))
  }
  for (const [what, push] of Object.entries(lies)) {
    fake.blobs.clear()
    assert.ok((await push()) >= bytes.length, what)
  }
})

needs('root', 'native')('little is sent twice when a push is killed at random moments, and pushed again', async () => {
  const server = await newRegistry()
  const cable = await slowCable(server.port, 20 << 20)
  const world = newWorld()
  const name = `localhost:${cable.port}/team/app:1`
  const tree = world.directoryOf({ word: nonce() })
  fs.writeFileSync(`${tree}/random`, randomBytes(40 << 20)) // more than a chunk
  await ch4(world, ['pack', '-t', name, tree])
  const [layer] = fs
    .readdirSync(`${world.data}/store/blobs/sha256`)
    .map(hex => ({ hex, size: fs.statSync(`${world.data}/store/blobs/sha256/${hex}`).size }))
    .sort((one, other) => other.size - one.size)
  const uploads = `${server.root}/repositories/team/app/_uploads`
  const there = (): number =>
    fs.existsSync(uploads) ? Math.max(0, ...fs.readdirSync(uploads).map(id => fs.statSync(`${uploads}/${id}`).size)) : 0
  for (const part of [0.1 + Math.random() * 0.3, 0.5 + Math.random() * 0.4]) {
    const push = start(world, ['ch5', 'push', name])
    await until(`${part} of it is there`, () => there() > layer!.size * part || push.child.exitCode !== null)
    push.child.kill('SIGKILL')
    assert.is((await push.done).signal, 'SIGKILL')
    assert.match(fs.readFileSync(`${world.data}/uploads.json`, 'utf8'), layer!.hex)
  }
  const last = await run(world, ['ch5', 'push', name])
  assert.is(last.code, 0, last.stderr)
  assert.ok(cable.sent() < layer!.size * 1.5, `${cable.sent()} bytes were sent for ${layer!.size}`)
  const blob = await ask(server.port, 'GET', `/v2/team/app/blobs/sha256:${layer!.hex}`)
  assert.is(sha(blob.body), `sha256:${layer!.hex}`)
  assert.is(fs.existsSync(`${world.data}/uploads.json`), false)
  assert.equal(fs.readdirSync(uploads), [])
  await cable.close()
  await server.close(1000)
})

test.after(() => fake.close())
test.run()
