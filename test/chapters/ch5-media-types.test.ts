/** What registries hold, put into ours by hand: every kind of manifest and layer is pulled and runs, or is refused in one line. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mediaTypes } from '#core/spec/image'
import { type Options, run } from '#support/cli'
import { imageNames } from '#support/images'
import { needs } from '#support/needs'
import { descriptorOf, newRegistry, pushBlob, putManifest, sha256 } from '#support/registry'
import { archiveOf, ch4 } from '#support/store'
import { newWorld, nonce, type World } from '#support/world'

const pulled = needs('root', 'native', 'tar', 'zstd')
const maker = newWorld()
const server = await newRegistry()
const host = `localhost:${server.port}`
const ch5 = (world: World, args: readonly string[], options: Options = {}) =>
  run(world, ['ch5', ...args], { seconds: 60, ...options })
const zstd = (bytes: Uint8Array): Buffer => execFileSync('zstd', ['-cq'], { input: bytes })
const tar = (files: Readonly<Record<string, string>>): Buffer => fs.readFileSync(archiveOf(maker, files))
const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'

/** A layer as it is sent, and what a config says of it. */
interface Layer {
  readonly type: string
  readonly bytes: Uint8Array
  readonly diffId: string
  readonly urls?: readonly string[]
  /** Not put into the registry. */
  readonly isElsewhere?: true
}
const layer = (type: string, plain: Buffer, pack: (bytes: Buffer) => Uint8Array, more: Partial<Layer> = {}): Layer => ({
  type,
  bytes: pack(plain),
  diffId: sha256(plain),
  ...more,
})
const asItIs = (bytes: Buffer): Buffer => bytes

interface Wish {
  readonly types?: { readonly manifest: string; readonly config: string }
  /** In place of the layers' own. */
  readonly diffIds?: readonly unknown[]
}
const docker = { manifest: mediaTypes.dockerManifest, config: mediaTypes.dockerConfig }
const oci = { manifest: mediaTypes.manifest, config: mediaTypes.config }

/** @returns the manifest's descriptor */
async function put(name: string, layers: readonly Layer[], { types = oci, diffIds }: Wish = {}) {
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Cmd: ['/bin/true'] },
    rootfs: { type: 'layers', diff_ids: diffIds ?? layers.map(({ diffId }) => diffId) },
    x: nonce(),
  })
  await pushBlob(server.port, name, config)
  for (const { bytes, isElsewhere } of layers) if (!isElsewhere) await pushBlob(server.port, name, bytes)
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(types.config, config),
    layers: layers.map(({ type, bytes, urls }) => ({ ...descriptorOf(type, bytes), ...(urls && { urls }) })),
  })
  const answer = await putManifest(server.port, name, '1', manifest, {}, types.manifest)
  assert.is(answer.status, 201, answer.body.toString())
  return descriptorOf(types.manifest, manifest)
}

function base(): Buffer {
  const archive = maker.path()
  execFileSync('tar', ['-C', maker.rootfs, '-cf', archive, '.'])
  return fs.readFileSync(archive)
}

async function refused(name: string, words: RegExp): Promise<World> {
  const world = newWorld()
  const { code, stderr } = await ch5(world, ['pull', '-q', `${host}/${name}:1`])
  assert.is(code, 125)
  assert.match(stderr, words, stderr)
  assert.is(stderr.trimEnd().split('\n').length, 1, stderr)
  assert.equal(imageNames(world.data), [])
  return world
}

/** What zstd:chunked has between its frames. Source: RFC 8878, 3.1.2. */
const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]), Buffer.from('12345')])

for (const [words, types, layerTypes] of [
  ['the OCI’s', oci, [mediaTypes.layer, mediaTypes.layerGzip, mediaTypes.layerZstd]],
  [
    'Docker’s',
    docker,
    [mediaTypes.dockerLayer, mediaTypes.dockerLayerGzip, 'application/vnd.docker.image.rootfs.diff.tar.zstd'],
  ],
] as const) {
  pulled(
    `an image runs when its layers are plain, gzip, zstd and empty, of ${words} types, behind a list`,
    async () => {
      const name = `all/${nonce()}`
      const said = [nonce(), nonce(), nonce(), nonce()]
      const [plain, gzip, zstandard] = layerTypes
      const nothing = layer(gzip, Buffer.alloc(1024), gzipSync)
      const halves = (bytes: Buffer): Buffer =>
        Buffer.concat([zstd(bytes.subarray(0, 700)), skippable, zstd(bytes.subarray(700)), skippable])
      const image = await put(
        name,
        [
          layer(gzip, base(), bytes => gzipSync(bytes, { level: 1 })),
          layer(plain, tar({ a: said[0]! }), asItIs),
          nothing,
          layer(zstandard, tar({ b: said[1]! }), zstd),
          layer(zstandard, tar({ c: said[2]! }), halves),
          nothing,
          layer(gzip, tar({ d: said[3]! }), bytes =>
            Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]),
          ),
          nothing,
        ],
        { types },
      )
      const architecture = process.arch === 'x64' ? 'amd64' : process.arch
      const type = types === oci ? mediaTypes.index : mediaTypes.dockerList
      const list = JSON.stringify({
        schemaVersion: 2,
        mediaType: type,
        manifests: [
          { ...image, platform: { os: 'linux', architecture } },
          { ...descriptorOf(types.manifest, nonce()), platform: { os: 'windows', architecture } },
        ],
      })
      assert.is((await putManifest(server.port, name, 'list', list, {}, type)).status, 201)
      const world = newWorld()
      const { stdout, stderr } = await ch5(world, [
        'run',
        '--rm',
        `${host}/${name}:list`,
        'cat',
        '/a',
        '/b',
        '/c',
        '/d',
      ])
      assert.is(stdout, said.join(''), stderr)
      assert.match((await ch4(world, ['verify', `${host}/${name}:list`])).stdout, /whole/)
    },
  )
}

pulled('an image without layers is pulled, and a layer without bytes is refused: it is no archive', async () => {
  await put('none', [])
  const world = newWorld()
  const { code, stderr } = await ch5(world, ['pull', '-q', `${host}/none:1`])
  assert.is(code, 0, stderr)
  assert.equal(imageNames(world.data), [`${host}/none:1`])
  await put('empty', [layer(mediaTypes.layer, Buffer.alloc(0), asItIs)])
  await refused('empty', /layer .*: it is empty/)
})

pulled('nothing has the name when the config says other diff IDs than the layers have', async () => {
  const one = layer(mediaTypes.layerGzip, tar({ a: nonce() }), gzipSync)
  const two = layer(mediaTypes.layerGzip, tar({ b: nonce() }), gzipSync)
  const cases: readonly (readonly [readonly unknown[], RegExp])[] = [
    [[one.diffId, one.diffId], /unpacks to the diff ID sha256:[0-9a-f]{64}, its image says/],
    [[two.diffId, one.diffId], /unpacks to the diff ID/],
    [[one.diffId], /has 2 layers, its config 1/],
    [[one.diffId, '../../../../../../tmp/x'], /diff ID/],
    [['sha256:../../../../../../tmp/x', two.diffId], /diff ID/],
    [[7, null], /diff ID/],
  ]
  for (const [index, [diffIds, words]] of cases.entries()) {
    const name = `wrong/${index}`
    await put(name, [one, two], { diffIds })
    const world = await refused(name, words)
    assert.match((await ch4(world, ['prune', '-f'])).stdout, /reclaimed/i)
  }
})

pulled('schema 1 is refused by its name when a registry has it', async () => {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, name: 'old', tag: '1' }))
  const mediaType = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
  await server.registry.repositories.putManifest('old', { digest: sha256(bytes), mediaType }, bytes, '1', null)
  await refused('old', /manifest\.v1\+prettyjws/)
})

pulled(
  'a foreign layer is the registry’s when it has it, else that of the first of its addresses that has it',
  async () => {
    const asked: string[] = []
    const elsewhere = http.createServer(({ url = '', headers }, response) => {
      asked.push(`${url} ${headers.authorization ?? '-'}`)
      const bytes = there.get(url)
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes)
    })
    await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve))
    const at = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    const there = new Map<string, Uint8Array>()
    const own = (): Layer => layer(foreign, tar({ a: nonce() }), gzipSync, { urls: [`${at}/none`, `${at}/layer`] })
    try {
      await put('foreign/here', [own()])
      const here = await ch5(newWorld(), ['pull', '-q', `${host}/foreign/here:1`])
      assert.is(here.code, 0, here.stderr)
      assert.equal(asked, [])
      const away = { ...own(), isElsewhere: true } as const
      there.set('/layer', away.bytes)
      await put('foreign/away', [away])
      const world = newWorld()
      const pull = await ch5(world, ['pull', '-q', `${host}/foreign/away:1`])
      assert.is(pull.code, 0, pull.stderr)
      assert.equal(asked, ['/none -', '/layer -'])
      there.set('/layer', Buffer.from(away.bytes).fill(1, 20, 21))
      await refused('foreign/away', /its bytes have the digest/)
      there.clear()
      await refused('foreign/away', /foreign layer .* 127\.0\.0\.1/)
      for (const urls of [[], ['ftp://127.0.0.1/x', 'https://ann:secret@127.0.0.1/x', 'nonsense']]) {
        await put('foreign/nowhere', [{ ...away, urls }])
        await refused('foreign/nowhere', /foreign layer .* says no address/)
      }
    } finally {
      elsewhere.close()
    }
  },
)

test.after(() => server.close(1000))
test.run()
