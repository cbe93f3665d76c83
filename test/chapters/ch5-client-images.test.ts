/** ch5 pull, push, run and build as commands, against a registry in memory: what is here afterwards, and what was sent for it. */

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mediaTypes } from '#core/spec/image'
import { type Options, run, start } from '#support/cli'
import { FakeRegistry, type Seen, sha } from '#support/fake-registry'
import { imageNames } from '#support/images'
import { isThere, needs } from '#support/needs'
import { publish } from '#support/published'
import { archiveOf, ch4, imported } from '#support/store'
import { newWorld, nonce, type World } from '#support/world'

const needed = ['root', 'native', 'tar']
const asRoot = needs(...needed)
const maker = newWorld()
const fake = await FakeRegistry.open()
const isBlob = ({ method, path }: Seen): boolean => method === 'GET' && path.includes('/blobs/')
const ch5 = (world: World, args: readonly string[], options: Options = {}) =>
  run(world, ['ch5', ...args], { seconds: 60, ...options })
const blobBytes = (): number => fake.seen.reduce((sum, seen) => sum + (isBlob(seen) ? seen.sent : 0), 0)

async function made(name: string, files: Readonly<Record<string, string>>) {
  await imported(maker, `${name}:1`, files, '-c', 'CMD ["cat","/x"]')
  return publish(maker, `${name}:1`, fake, name, '1')
}
const big =
  isThere('root') && needed.every(isThere) ? await made('big', { x: randomBytes(3_000_000).toString('hex') }) : null
const configBytes = (name: string): number =>
  ['a', 'b'].reduce(
    (sum, tag) => sum + JSON.parse(fake.manifests.get(`${name} ${tag}`)!.bytes.toString()).config.size,
    0,
  )
const layer = () => big!.manifest.layers[0]!
const fresh = (): void => {
  fake.seen.length = 0
  fake.fault = () => undefined
}

asRoot('an image is the same as it was, and says so, when it is pulled and pushed back', async () => {
  fresh()
  const world = newWorld()
  const name = `${fake.host}/big:1`
  const first = await ch5(world, ['pull', name])
  assert.is(first.code, 0, first.stderr)
  const { digest } = big!.descriptor
  assert.is(
    first.stdout,
    `1: Pulling from big\nDigest: ${digest}\nStatus: Downloaded newer image for ${name}\n${name}\n`,
  )
  assert.match(first.stderr, /^[0-9a-f]{12}: Pull complete$/m)
  fresh()
  const second = await ch5(world, ['pull', name])
  assert.match(second.stdout, new RegExp(`Status: Image is up to date for ${name}`))
  assert.is(blobBytes(), 0)
  await ch4(world, ['tag', name, `${fake.host}/copy:2`])
  const pushed = await ch5(world, ['push', `${fake.host}/copy:2`])
  assert.is(pushed.code, 0, pushed.stderr)
  assert.match(pushed.stdout, new RegExp(`^2: digest: ${digest} size: ${big!.descriptor.size}$`, 'm'))
  assert.match(pushed.stderr, /Mounted from big/)
  assert.ok(fake.manifests.get('copy 2')!.bytes.equals(fake.manifests.get('big 1')!.bytes))
  const quiet = await ch5(world, ['pull', '-q', name])
  assert.equal([quiet.stdout, quiet.stderr], [`${name}\n`, ''])
})

asRoot('a pull goes on where it was when the one before was killed', async () => {
  fresh()
  const world = newWorld()
  const part = Math.floor(layer().size / 2)
  fake.fault = seen => (isBlob(seen) && seen.path.endsWith(layer().digest) ? { stallAt: part } : undefined)
  const running = start(world, ['ch5', 'pull', `${fake.host}/big:1`], { seconds: 60 })
  const file = `${world.data}/store/ingest/blob-${layer().digest.slice(7)}/data`
  for (let i = 0; i < 300 && (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) < part; i++) {
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  running.child.kill('SIGKILL')
  await running.done
  assert.equal(imageNames(world.data), [])
  fresh()
  const second = await ch5(world, ['pull', `${fake.host}/big:1`])
  assert.is(second.code, 0, second.stderr)
  assert.is(blobBytes(), layer().size - part)
  assert.match((await ch4(world, ['verify', `${fake.host}/big:1`])).stdout, /whole/)
})

asRoot('two pulls of one image at the same time fetch it once', async () => {
  fresh()
  const world = newWorld()
  fake.fault = seen => (isBlob(seen) ? { delay: 300 } : undefined)
  const both = await Promise.all([1, 2].map(() => ch5(world, ['pull', `${fake.host}/big:1`])))
  for (const { code, stderr } of both) assert.is(code, 0, stderr)
  assert.is(blobBytes(), layer().size + big!.manifest.config.size)
})

asRoot('nothing gets the name when a layer is another, and the one line names the blob', async () => {
  fresh()
  const world = newWorld()
  fake.fault = seen =>
    seen.path.endsWith(layer().digest) ? { body: own => Buffer.from(own).fill('x', 100, 101) } : undefined
  const { code, stderr } = await ch5(world, ['pull', `${fake.host}/big:1`])
  assert.is(code, 125)
  assert.match(stderr, new RegExp(`^mini-docker: blob '${layer().digest}': its bytes have the digest sha256:`, 'm'))
  assert.equal(imageNames(world.data), [])
})

const refused: Readonly<Record<string, { put: () => string; says: RegExp }>> = {
  'schema 1': {
    put: () => {
      fake.putManifest('old', '1', { schemaVersion: 1 }, 'application/vnd.docker.distribution.manifest.v1+prettyjws')
      return 'old:1'
    },
    says: /old format, image manifest version 2, schema 1/,
  },
  'another platform': {
    put: () => {
      const manifests = [{ ...big!.descriptor, platform: { os: 'linux', architecture: 's390x' } }]
      fake.putManifest('far', '1', { schemaVersion: 2, manifests }, mediaTypes.index)
      return 'far:1'
    },
    says: /has nothing for linux\/\S+, only linux\/s390x/,
  },
  'no image': {
    put: () => {
      const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: layer().digest, size: 2 }
      fake.putManifest('art', '1', { schemaVersion: 2, config, layers: [] }, mediaTypes.manifest)
      return 'art:1'
    },
    says: /is no image to run/,
  },
  'a digest that is a path': {
    put: () => {
      const config = { mediaType: mediaTypes.config, digest: 'sha256:../../../../etc/passwd', size: 2 }
      fake.putManifest('path', '1', { schemaVersion: 2, config, layers: [] }, mediaTypes.manifest)
      return 'path:1'
    },
    says: /is no sha256 digest/,
  },
  'a config that is no document': {
    put: () => {
      const config = { mediaType: mediaTypes.config, digest: layer().digest, size: 5e9 }
      fake.putManifest('huge', '1', { schemaVersion: 2, config, layers: [] }, mediaTypes.manifest)
      return 'huge:1'
    },
    says: /its config has 5000000000 bytes/,
  },
  'what is too long': {
    put: () => {
      fake.putManifest('long', '1', { schemaVersion: 2, x: 'x'.repeat(5 << 20) }, mediaTypes.manifest)
      return 'long:1'
    },
    says: /longer than 4194304 bytes/,
  },
  nothing: { put: () => 'nothing:1', says: /answers 404 MANIFEST_UNKNOWN/ },
}
for (const [what, { put, says }] of Object.entries(refused)) {
  asRoot(`a pull ends with one line when there is ${what}`, async () => {
    fresh()
    const world = newWorld()
    const { code, stderr } = await ch5(world, ['pull', `${fake.host}/${put()}`])
    assert.is(code, 125)
    assert.match(stderr, says)
    assert.is(stderr.trimEnd().split('\n').length, 1)
    assert.equal(imageNames(world.data), [])
  })
}

asRoot('a registry’s words reach the terminal as words when it refuses', async () => {
  fresh()
  const body = JSON.stringify({ errors: [{ code: 'X', message: 'a\x1b[31mb\nmini-docker: done' }] })
  fake.fault = () => ({ answer: { status: 403, body } })
  const { stderr } = await ch5(newWorld(), ['pull', `${fake.host}/big:1`])
  assert.not.match(stderr, /\x1b\[31m/)
  assert.is(stderr.trimEnd().split('\n').length, 1)
})

asRoot(
  'an image for several platforms keeps its index, and what is not here is asked for there, when it is pushed',
  async () => {
    fresh()
    const other = {
      ...(await made('other', { y: nonce() })).descriptor,
      platform: { os: 'linux', architecture: 's390x' },
    }
    const { architecture } = JSON.parse(fake.blobs.get(`big ${big!.manifest.config.digest}`)!.toString())
    const own = { ...big!.descriptor, platform: { os: 'linux', architecture } }
    for (const [key, bytes] of [...fake.blobs])
      if (key.startsWith('other ')) fake.blobs.set(key.replace('other', 'many'), bytes)
    for (const [key, bytes] of [...fake.blobs])
      if (key.startsWith('big ')) fake.blobs.set(key.replace('big', 'many'), bytes)
    for (const [from, { digest }] of [
      ['other', other],
      ['big', own],
    ] as const) {
      fake.manifests.set(`many ${digest}`, fake.manifests.get(`${from} ${digest}`)!)
    }
    const index = fake.putManifest(
      'many',
      '1',
      { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [other, own] },
      mediaTypes.index,
    )
    const world = newWorld()
    const pulled = await ch5(world, ['pull', `${fake.host}/many:1`])
    assert.match(pulled.stdout, new RegExp(`^Digest: ${index}$`, 'm'), pulled.stderr)
    assert.is(blobBytes(), layer().size + big!.manifest.config.size)
    await ch4(world, ['tag', `${fake.host}/many:1`, `${fake.host}/many:2`])
    await ch4(world, ['tag', `${fake.host}/many:1`, `${fake.host}/elsewhere:1`])
    const same = await ch5(world, ['push', `${fake.host}/many:2`])
    assert.is(same.code, 0, same.stderr)
    assert.ok(fake.manifests.has(`many 2`))
    const elsewhere = await ch5(world, ['push', `${fake.host}/elsewhere:1`])
    assert.match(elsewhere.stderr, /its linux\/s390x is neither here nor there/)
    assert.is(fake.manifests.has('elsewhere 1'), false)
    const all = await ch5(world, ['pull', '--all-platforms', `${fake.host}/many:1`])
    assert.is(all.code, 0, all.stderr)
    assert.is((await ch5(world, ['push', `${fake.host}/elsewhere:1`])).code, 0)
    assert.is(fake.manifests.get('elsewhere 1')!.bytes.equals(fake.manifests.get('many 1')!.bytes), true)
    const one = newWorld()
    assert.is((await ch5(one, ['pull', '--platform', 'linux/s390x', `${fake.host}/many:1`])).code, 0)
    const [entry] = JSON.parse(fs.readFileSync(`${one.data}/store/index.json`, 'utf8')).manifests
    assert.is(entry.digest, other.digest)
  },
)

asRoot('every tag is pulled when that is asked for, and no more blobs at once than that', async () => {
  fresh()
  const texts = Array.from({ length: 6 }, () => nonce())
  const layers = texts.map((text, i) => fs.readFileSync(archiveOf(maker, { [`f${i}`]: text })))
  const { architecture } = JSON.parse(fake.blobs.get(`big ${big!.manifest.config.digest}`)!.toString())
  const put = (tag: string, some: readonly Buffer[]): void => {
    const diffIds = some.map(sha)
    const config = Buffer.from(
      JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }),
    )
    for (const bytes of [config, ...some]) fake.putBlob('every', bytes)
    const of = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: sha(bytes), size: bytes.length })
    const manifest = {
      schemaVersion: 2,
      config: of(mediaTypes.config, config),
      layers: some.map(one => of(mediaTypes.layer, one)),
    }
    fake.putManifest('every', tag, manifest, mediaTypes.manifest)
  }
  put('a', layers)
  put('b', layers.slice(3))
  let most = 0
  fake.fault = seen => {
    most = Math.max(most, fake.seen.filter(one => isBlob(one) && one.status === 0).length)
    return isBlob(seen) ? { delay: 300 } : undefined
  }
  const world = newWorld()
  const { code, stdout, stderr } = await ch5(world, ['pull', '-a', `${fake.host}/every`])
  assert.is(code, 0, stderr)
  assert.match(stdout, /^a: Pulling from every\n(?:.*\n)*b: Pulling from every$/m)
  assert.equal(imageNames(world.data).sort(), [`${fake.host}/every:a`, `${fake.host}/every:b`])
  for (const tag of ['a', 'b'])
    assert.match((await ch4(world, ['verify', `${fake.host}/every:${tag}`])).stdout, /whole/)
  assert.is(most, 3)
  assert.is(blobBytes(), layers.reduce((sum, { length }) => sum + length, 0) + configBytes('every'))
  most = 0
  const one = await ch5(newWorld(), ['pull', '--max-concurrent-downloads', '1', `${fake.host}/every:a`])
  assert.is(one.code, 0, one.stderr)
  assert.is(most, 1)
  const odd = await ch5(world, ['pull', '-a', `${fake.host}/every:a`])
  assert.match(odd.stderr, /--all-tags takes a name without a tag/)
})

asRoot('an image of docker.io comes from the mirror that a flag names', async () => {
  fresh()
  publish(maker, 'big:1', fake, 'library/mirrored', '1')
  const world = newWorld()
  const pull = await ch5(world, ['pull', '-q', '--registry-mirror', `http://${fake.host}`, 'mirrored:1'])
  assert.is(pull.code, 0, pull.stderr)
  assert.equal(imageNames(world.data), ['mirrored:1'])
})

needs(...needed, 'mount')('a pull says that the disk is full, and goes on when there is room', async () => {
  fresh()
  const world = newWorld()
  fs.mkdirSync(world.data, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', world.data])
  try {
    const { code, stderr } = await ch5(world, ['pull', '-q', `${fake.host}/big:1`])
    assert.is(code, 125)
    assert.match(stderr, /ENOSPC \(the disk is full: /)
    assert.is(stderr.trimEnd().split('\n').length, 1, stderr)
    assert.equal(imageNames(world.data), [])
    execFileSync('mount', ['-o', 'remount,size=64m', world.data])
    fresh()
    const again = await ch5(world, ['pull', '-q', `${fake.host}/big:1`])
    assert.is(again.code, 0, again.stderr)
    assert.ok(blobBytes() < layer().size, `${blobBytes()} of ${layer().size}`)
  } finally {
    execFileSync('umount', ['-l', world.data])
  }
})

asRoot('run and build pull what is missing, and only as --pull says', async () => {
  fresh()
  await ch4(maker, ['run', '--rm', 'mini/base', 'true'])
  publish(maker, 'mini/base:latest', fake, 'team/base', '1')
  const world = newWorld()
  const name = `${fake.host}/team/base:1`
  const word = nonce()
  const never = await ch5(world, ['run', '--rm', '--pull', 'never', name, 'true'])
  assert.is(never.code, 125)
  assert.is(fake.seen.length, 0)
  const first = await ch5(world, ['run', '--rm', name, 'echo', word])
  assert.is(first.stdout, `${word}\n`, first.stderr)
  fresh()
  assert.is((await ch5(world, ['run', '--rm', name, 'echo', word])).stdout, `${word}\n`)
  assert.is(fake.seen.length, 0)
  await ch5(world, ['run', '--rm', '--pull=always', name, 'true'])
  assert.is(fake.count('HEAD', '/manifests/'), 1)
  const other = newWorld()
  const context = other.directoryOf({ Dockerfile: `FROM ${name}\nRUN echo ${word} >/word\nCMD ["cat","/word"]\n` })
  const built = await ch5(other, ['build', '-t', `${fake.host}/built:1`, context])
  assert.is(built.code, 0, built.stderr)
  const pushed = await ch5(other, ['push', `${fake.host}/built:1`])
  assert.is(pushed.code, 0, pushed.stderr)
  const { digest } = JSON.parse(fs.readFileSync(`${other.data}/store/index.json`, 'utf8')).manifests.at(-1)
  const third = await ch5(newWorld(), ['run', '--rm', `${fake.host}/built@${digest}`])
  assert.is(third.stdout, `${word}\n`, third.stderr)
})

test.after(() => fake.close())
test.run()
