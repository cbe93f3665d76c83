/** Workers: what they load comes from this machine, and what a layer grows to is bounded by the disk that it is put on. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { archiveOf, ch4, sha256 } from '#support/store'
import { newWorld } from '#support/world'

const world = newWorld()

/** An image layout of these layers, each with its archive before compression. */
function layoutOf(layers: readonly { readonly tar: Buffer; readonly blob: Buffer; readonly kind: string }[]): string {
  const files: Record<string, string | Buffer> = { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' }
  const put = (bytes: Buffer, mediaType: string) => {
    const digest = sha256(bytes)
    files[`blobs/sha256/${digest.slice('sha256:'.length)}`] = bytes
    return { mediaType, digest, size: bytes.length }
  }
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ tar }) => sha256(tar)) },
  }
  const manifest = {
    schemaVersion: 2,
    config: put(Buffer.from(JSON.stringify(config)), 'application/vnd.oci.image.config.v1+json'),
    layers: layers.map(({ blob, kind }) => put(blob, `application/vnd.oci.image.layer.v1.tar${kind}`)),
  }
  const target = put(Buffer.from(JSON.stringify(manifest)), 'application/vnd.oci.image.manifest.v1+json')
  const annotations = { 'org.opencontainers.image.ref.name': 'layers:1' }
  files['index.json'] = JSON.stringify({ schemaVersion: 2, manifests: [{ ...target, annotations }] })
  const root = world.path()
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(`${root}/${name}`.replace(/\/[^/]*$/, ''), { recursive: true })
    fs.writeFileSync(`${root}/${name}`, content)
  }
  return root
}

const zstd = (tar: Buffer): Buffer => execFileSync('zstd', ['-q', '-c'], { input: tar, maxBuffer: 1 << 28 })

needs(
  'root',
  'native',
  'zstd',
  'tar',
)('no library of an image is loaded when a layer on top of it is compressed by zstd', async () => {
  const names = ['lib', 'lib64', 'usr/lib', 'lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu']
  const fakes = Object.fromEntries(names.map(name => [`${name}/libzstd.so.1`, 'no library']))
  const [below, above] = [fakes, { top: 'of the stack' }].map(files => fs.readFileSync(archiveOf(world, files)))
  const layers = [
    { tar: below!, blob: gzipSync(below!), kind: '+gzip' },
    { tar: above!, blob: zstd(above!), kind: '+zstd' },
  ]
  await ch4(world, ['load', '-q', '-i', layoutOf(layers)])
  const at = world.path()
  fs.mkdirSync(at)
  await ch4(world, ['mount', 'layers:1', at])
  try {
    assert.is(fs.readFileSync(`${at}/top`, 'utf8'), 'of the stack')
  } finally {
    await ch4(world, ['umount', at])
  }
})

needs(
  'root',
  'native',
  'zstd',
  'tar',
)('an archive is imported when it is compressed by zstd', async () => {
  const archive = `${world.path()}.tar.zst`
  fs.writeFileSync(archive, zstd(fs.readFileSync(archiveOf(world, { file: 'x' }))))
  await ch4(world, ['import', '-q', archive, 'zstd'])
})

needs(
  'root',
  'native',
  'tar',
  'mount',
)('a bomb is refused in one line, before the disk is full, when it grows to more than there is room for', async () => {
  const small = world.path()
  fs.mkdirSync(small)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', small])
  try {
    // not zeros: those would be holes, which take no room
    const content = Buffer.alloc(256 << 20, 'a bomb ')
    const directory = world.path()
    fs.mkdirSync(directory)
    fs.writeFileSync(`${directory}/bomb`, content)
    const archive = `${world.path()}.tar.gz`
    execFileSync('tar', ['-C', directory, '-czf', archive, '.'])
    const env = { MINI_DOCKER_ROOT: `${small}/data` }
    const { code, stderr } = await run(world, ['ch4', 'import', '-q', archive, 'bomb'], { env, seconds: 60 })
    assert.is(code, 125)
    assert.match(stderr, /^mini-docker: layer '[^\n]*': [^\n]*more than \d+ bytes[^\n]*\n$/)
    assert.is((await run(world, ['ch4', 'images', '-q'], { env })).stdout, '')
    const { bavail, bsize } = fs.statfsSync(small)
    assert.ok(bavail * bsize > 60 << 20, 'what was unpacked of it is gone')
  } finally {
    execFileSync('umount', ['-l', small])
  }
})

test.run()
