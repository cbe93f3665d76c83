import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { fileURLToPath } from 'node:url'
import * as zlib from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Compression, detect } from '#chapters/ch4-images/layer/compress'
import { DigestStream } from '#chapters/ch4-images/layer/digest-stream'
import { packLayer } from '#chapters/ch4-images/layer/pack'
import { unpackLayer } from '#chapters/ch4-images/layer/unpack'
import { walk } from '#chapters/ch4-images/layer/walk'
import { LayerWriter } from '#chapters/ch4-images/layer/writer'
import { applyTo, archive, entry, laterRefusal, openFds, pax, readAll, refusal, written } from '#support/archives'
import { needs } from '#support/needs'
import { look } from '#support/trees'
import { newWorld } from '#support/world'

const world = newWorld()
const onLinux = needs('linux')

function fresh(): string {
  const path = world.path()
  fs.mkdirSync(path)
  return path
}

function fileOf(bytes: Uint8Array): number {
  const path = world.path()
  fs.writeFileSync(path, bytes)
  return fs.openSync(path, 'r')
}

const unpack = (bytes: Uint8Array, root = fresh()) => unpackLayer({ blob: fileOf(bytes), root, name: 'X' })

test('an archive that is cut is one clear error wherever it is cut', () => {
  const whole = archive(
    pax(['path', 'long'], ['SCHILY.xattr.user.a', 'b']),
    { name: 'x', content: 'content' },
    { name: 'd', type: '5' },
    pax(['GNU.sparse.map', '5,3'], ['GNU.sparse.size', '10']),
    { name: 's', content: 'abc' },
  )
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.subarray(0, length)
    assert.match(
      refusal(() => readAll(cut, 511)),
      /^layer 'archive': entry.* at byte \d+: it is (empty|cut short after \d+ bytes)$/,
    )
  }
  assert.is(readAll(whole).length, 3)
})

test('an archive without an end marker is taken when that is asked for, and still not one that is cut', () => {
  const whole = archive(pax(['path', 'long']), { name: 'x', content: 'content' })
  const optional = { endMarker: 'optional' } as const
  const marker = 1024
  for (let length = 0; length <= whole.length; length++) {
    const fine = length === 0 || length >= whole.length - marker
    const atBlock = length % 512 === 0 || length === whole.length
    const cut = whole.subarray(0, length)
    if (fine && atBlock) readAll(cut, 1024, optional)
    else
      assert.match(
        refusal(() => readAll(cut, 1024, optional)),
        /cut short/,
        `${length}`,
      )
  }
})

test('what follows the end marker is ignored when an archive is read', () => {
  assert.is(readAll(Buffer.concat([written([entry('x')]), Buffer.from('garbage'.repeat(300))])).length, 1)
})

onLinux('a compressed layer that is cut or damaged is one clear error', async () => {
  const plain = written([entry('x'), 'content '.repeat(50)])
  const root = world.directoryOf({ x: 'content '.repeat(50) })
  for (const kind of ['gzip', 'zstd'] as const) {
    const bytes = await packed(root, kind)
    for (let length = 5; length < bytes.length; length += 7) {
      assert.match(
        await laterRefusal(unpack(bytes.subarray(0, length))),
        /^layer 'X': (gzip|zstd) data: they are cut short$/,
      )
    }
    const damaged = Buffer.from(bytes)
    damaged[bytes.length - 6]! ^= 0x55
    assert.match(await laterRefusal(unpack(damaged)), /^layer 'X': (gzip|zstd) data: they are damaged/)
  }
  assert.match(
    await laterRefusal(unpack(Buffer.concat([zlib.gzipSync(plain), Buffer.from('garbage')]))),
    /they are damaged/,
  )
})

async function packed(root: string, compression: Compression, level?: number): Promise<Buffer> {
  const path = world.path()
  const out = fs.openSync(path, 'w')
  await packLayer({ root, out, compression, ...(level !== undefined && { level }) })
  fs.closeSync(out)
  return fs.readFileSync(path)
}

function sha256(bytes: Uint8Array): string {
  const digest = new DigestStream()
  digest.update(bytes)
  return digest.end()
}

onLinux('gzip of several members, and zeros after it, are one layer', async () => {
  const plain = written([entry('x'), 'content'], [entry('y'), 'more'])
  const members = [plain.subarray(0, 700), plain.subarray(700)].map(part => zlib.gzipSync(part))
  const blob = Buffer.concat([...members, Buffer.alloc(1000)])
  const root = fresh()
  const unpacked = await unpack(blob, root)
  assert.is(unpacked.diffId, sha256(plain))
  assert.equal(
    [unpacked.size, unpacked.unpackedSize, unpacked.entries, unpacked.bytes],
    [blob.length, plain.length, 2, 11],
  )
  assert.is(fs.readFileSync(`${root}/y`, 'utf8'), 'more')
})

test('the kind of compression is known by the first bytes', () => {
  assert.is(detect(zlib.gzipSync('x')), 'gzip')
  assert.is(detect(Buffer.from('28b52ffd', 'hex')), 'zstd')
  assert.is(detect(Buffer.from('5e2a4d1804000000', 'hex')), 'zstd')
  for (const bytes of [written([entry('x')]), Buffer.alloc(0), Buffer.from([0x1f]), Buffer.from('(\xb5', 'latin1')]) {
    assert.is(detect(bytes), 'none')
  }
})

needs(
  'linux',
  'gzip',
  'zstd',
)('gzip and zstd read ours, and we read theirs', async () => {
  const root = world.directoryOf({ x: 'content '.repeat(5000), y: 'z'.repeat(3_000_000) })
  const plain = await packed(root, 'none')
  for (const [kind, levels] of [
    ['gzip', [1, 6, 9]],
    ['zstd', [1, 3, 19]],
  ] as const) {
    for (const level of levels) {
      const ours = await packed(root, kind, level)
      assert.equal(execFileSync(kind, ['-dc'], { input: ours, maxBuffer: 2 ** 28 }), plain, `${kind} -${level}`)
      const theirs = execFileSync(kind, [`-${level}`, '-c'], { input: plain, maxBuffer: 2 ** 28 })
      const to = fresh()
      assert.is((await unpack(theirs, to)).diffId, sha256(plain))
      assert.equal(look(to), look(root))
    }
  }
})

onLinux('a file that shrinks or grows while it is packed is an error that names it', () => {
  const writer = new LayerWriter(() => {})
  const short = fileOf(Buffer.from('123'))
  assert.match(
    refusal(() => writer.add({ ...entry('a/b'), size: 5 }, short)),
    /^file 'a\/b': it changed while it was packed: 3 bytes where 5/,
  )
  const long = fileOf(Buffer.from('123456'))
  assert.match(
    refusal(() => writer.add({ ...entry('a/b'), size: 5 }, long)),
    /more than 5 bytes where 5 were announced/,
  )
  assert.match(
    refusal(() => writer.add({ ...entry('a/b'), size: 5 }, Buffer.from('1'))),
    /1 bytes where 5/,
  )
})

onLinux('times are cut off at SOURCE_DATE_EPOCH when that is asked for', async () => {
  const root = world.directoryOf({ old: '1', new: '2' })
  fs.utimesSync(`${root}/old`, 1000, 1000)
  const digests: string[] = []
  for (const time of [5000, 6000]) {
    fs.utimesSync(`${root}/new`, time, time)
    const path = world.path()
    const out = fs.openSync(path, 'w')
    digests.push((await packLayer({ root, out, compression: 'gzip', clampMtime: 2000 })).digest)
    fs.closeSync(out)
    const times = readAll(zlib.gunzipSync(fs.readFileSync(path))).map(({ entry: one }) => [
      one.path,
      one.mtime / 1_000_000_000n,
    ])
    assert.equal(times, [
      ['', 2000n],
      ['new', 2000n],
      ['old', 1000n],
    ])
  }
  assert.is(digests[0], digests[1])
})

onLinux('what is excluded, and sockets, are in no layer, and a name like a whiteout is refused', async () => {
  const root = world.directoryOf({ 'a/b': '1', 'a/c': '2', d: '3', 'e/f/g': '4' })
  const server = net.createServer().listen(`${root}/socket`)
  await once(server, 'listening')
  const exclude = (path: string): boolean => path === 'a/b' || path === 'e/f'
  const found = [...walk(root, { exclude })].map(({ entry: one }) => one.path)
  server.close()
  assert.equal(found, ['', 'a', 'a/c', 'd', 'e'])
  fs.writeFileSync(`${root}/.wh.x`, '')
  assert.match(
    refusal(() => [...walk(root)]),
    /^'\.wh\.x': a layer cannot hold a file of that name/,
  )
})

needs('linux', 'root')('a full disk is one clear error', async () => {
  const root = fresh()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root])
  try {
    const fds = openFds()
    const line = refusal(() => applyTo(root, written([entry('big'), 'x'.repeat(2_000_000)])))
    assert.match(line, /^layer 'archive': file 'big': write: ENOSPC \(free some space/)
    assert.is(openFds(), fds)
  } finally {
    execFileSync('umount', [root])
  }
})

const chrooted = fileURLToPath(new URL('../support/unpack-chrooted.js', import.meta.url))
// what Node writes for coverage at its end would be written into the tree
const env = { ...process.env, NODE_V8_COVERAGE: '' }

needs('linux', 'root')('a layer is unpacked whole when the process changes its root on the way', async () => {
  const root = world.directoryOf({ 'a/b': 'x'.repeat(3_000_000), 世: '2' })
  fs.symlinkSync('/etc', `${root}/abs`)
  const plain = await packed(root, 'none')
  for (const kind of ['none', 'gzip', 'zstd'] as const) {
    const [blob, to] = [world.path(), fresh()]
    fs.writeFileSync(blob, await packed(root, kind))
    const { stdout } = spawnSync(process.execPath, [chrooted, to, blob], { encoding: 'utf8', env })
    assert.is(JSON.parse(stdout).diffId, sha256(plain), kind)
    assert.equal(look(to), look(root), kind)
  }
  const [hostile, to] = [world.path(), fresh()]
  fs.writeFileSync(hostile, archive({ name: 'e', type: '2', link: '/../../..' }, { name: 'e/evil', content: 'x' }))
  spawnSync(process.execPath, [chrooted, to, hostile], { env })
  assert.equal(fs.readdirSync(to).sort(), ['e', 'evil'])
})

const script = fileURLToPath(new URL('../support/apply-here.js', import.meta.url))

needs(
  'linux',
  'root',
  'user namespaces',
)('devices and foreign owners are told of when rootless', () => {
  const layer = world.path()
  fs.writeFileSync(
    layer,
    archive(
      { name: 'null', type: '3', device: ['0000001', '0000003'] },
      { name: 'f', content: 'x' },
      { name: 'p', type: '6' },
    ),
  )
  const root = fresh()
  const inside = (file: string) =>
    spawnSync('unshare', ['-Ur', process.execPath, script, root, file], { encoding: 'utf8' })
  const { stdout } = inside(layer)
  assert.equal(JSON.parse(stdout), { entries: 3, bytes: 1, skipped: { devices: 1, xattrs: 0 } })
  assert.equal(fs.readdirSync(root).sort(), ['f', 'p'])
  const foreign = world.path()
  fs.writeFileSync(foreign, archive({ name: 'f', content: 'x', uid: '0001750' }))
  assert.match(
    inside(foreign).stdout,
    /file 'f': owner 1000:0: the user namespace has no such ids \(give the user a larger range/,
  )
})

test.run()
