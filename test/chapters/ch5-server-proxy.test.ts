import * as fs from 'node:fs'
import bcrypt from 'bcryptjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Htpasswd } from '#chapters/ch5-registry/server/auth/htpasswd'
import { tokenGuard } from '#chapters/ch5-registry/server/auth/token-guard'
import { accessLog } from '#chapters/ch5-registry/server/http/log'
import { pullThrough } from '#chapters/ch5-registry/server/proxy/pull-through'
import { type Upstream, upstreamAt } from '#chapters/ch5-registry/server/proxy/upstream'
import { ask, imageOf, newRegistry, newRoot, pushImage, sha256 } from '#support/registry'
import { nonce } from '#support/world'

const quiet = accessLog('none', () => {})
const cacheOf = (upstream: Upstream) => newRegistry({ proxy: registry => pullThrough(registry, upstream, quiet) })

test('a cache gets what it has not, and serves it when the registry behind it is gone', async () => {
  const behind = await newRegistry()
  const image = await pushImage(behind.port, 'team/app', '1', nonce())
  const cache = await cacheOf(upstreamAt(`http://127.0.0.1:${behind.port}`))
  const { config, layers } = JSON.parse(image.bytes)
  const pull = async () => {
    const manifest = await ask(cache.port, 'GET', '/v2/team/app/manifests/1')
    assert.is(manifest.body.toString(), image.bytes)
    for (const { digest } of [config, ...layers]) {
      const blob = await ask(cache.port, 'GET', `/v2/team/app/blobs/${digest}`)
      assert.is(sha256(blob.body), digest)
    }
  }
  await pull()
  const next = await pushImage(behind.port, 'team/app', '1', nonce())
  assert.is((await ask(cache.port, 'HEAD', '/v2/team/app/manifests/1')).headers['docker-content-digest'], next.digest)
  assert.is((await ask(cache.port, 'GET', '/v2/team/app/manifests/none')).code, 'MANIFEST_UNKNOWN')
  assert.is((await ask(cache.port, 'GET', `/v2/team/app/blobs/${sha256(nonce())}`)).code, 'BLOB_UNKNOWN')
  assert.is((await ask(cache.port, 'POST', '/v2/team/app/blobs/uploads/')).code, 'UNSUPPORTED')
  await behind.close(1000)
  assert.is((await ask(cache.port, 'GET', `/v2/team/app/manifests/${image.digest}`)).body.toString(), image.bytes)
  for (const { digest } of layers) assert.is((await ask(cache.port, 'GET', `/v2/team/app/blobs/${digest}`)).status, 200)
  assert.is((await ask(cache.port, 'GET', '/v2/team/app/manifests/1')).headers['docker-content-digest'], next.digest)
  assert.is((await ask(cache.port, 'GET', '/v2/team/app/manifests/2')).code, 'UNAVAILABLE')
  await cache.close(1000)
})

test('a cache never serves what came wrong or not whole, and the next one gets it right', async () => {
  const bytes = nonce().repeat(1000)
  const digest = sha256(bytes)
  let asked = 0
  const image = imageOf(bytes, [])
  const answers = [
    async function* () {
      yield Buffer.from(bytes.slice(0, 100))
      throw Object.assign(new Error('cut'), { code: 'ECONNRESET' })
    },
    async function* () {
      yield Buffer.from(bytes.slice(0, 100))
    },
    async function* () {
      yield Buffer.from(bytes.replace(/./, 'x'))
    },
    async function* () {
      yield Buffer.from(bytes)
    },
  ]
  const upstream: Upstream = {
    manifest: async () => ({
      bytes: Buffer.from(image.bytes),
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    }),
    blob: async () => answers[asked++]!(),
  }
  const { port, root, close } = await cacheOf(upstream)
  for (let i = 0; i < 3; i++) {
    assert.is((await ask(port, 'GET', `/v2/a/blobs/${digest}`)).code, 'UNAVAILABLE')
    assert.equal(fs.readdirSync(`${root}/repositories/a/_uploads`), [])
  }
  const both = await Promise.all([1, 2, 3].map(() => ask(port, 'GET', `/v2/a/blobs/${digest}`)))
  for (const { body } of both) assert.is(body.toString(), bytes)
  assert.is(asked, 4)
  assert.is((await ask(port, 'GET', `/v2/a/manifests/${sha256(nonce())}`)).code, 'UNAVAILABLE')
  await close(1000)
})

test('a cache that has no room says so, and does not blame the registry behind it', async () => {
  const bytes = nonce().repeat(1000)
  const upstream: Upstream = {
    manifest: async () => null,
    async blob() {
      return (async function* () {
        yield Buffer.from(bytes)
      })()
    },
  }
  const { port, close } = await newRegistry({ quota: 100, proxy: registry => pullThrough(registry, upstream, quiet) })
  const { code, json } = await ask(port, 'GET', `/v2/a/blobs/${sha256(bytes)}`)
  assert.is(code, 'DENIED')
  assert.match(json.errors[0].message, /100 bytes/)
  await close(1000)
})

test('a client waits as long as a cache needs to get a blob', async () => {
  const bytes = nonce()
  const upstream: Upstream = {
    manifest: async () => null,
    async blob() {
      await new Promise(resolve => setTimeout(resolve, 1500))
      return (async function* () {
        yield Buffer.from(bytes)
      })()
    },
  }
  const { port, close } = await newRegistry({
    idleMs: 300,
    proxy: registry => pullThrough(registry, upstream, quiet),
  })
  assert.is((await ask(port, 'GET', `/v2/a/blobs/${sha256(bytes)}`)).body.toString(), bytes)
  await close(1000)
})

test('a cache gets itself a token when the registry behind it wants one', async () => {
  const file = `${newRoot()}/users`
  fs.writeFileSync(file, `ann:${bcrypt.hashSync('x', 4)}\n`)
  const guard = tokenGuard({
    users: await Htpasswd.open(file),
    policy: {
      groups: {},
      rules: [
        { who: ['users'], repositories: ['**'], may: ['pull', 'push'] },
        { who: ['anonymous'], repositories: ['open'], may: ['pull'] },
      ],
    },
    key: Buffer.alloc(32, 3),
    service: 's',
    isTls: false,
  })
  const behind = await newRegistry({ guard })
  const at = `/token?service=s&scope=repository:open:pull,push&scope=repository:shut:pull,push`
  const { json } = await ask(behind.port, 'GET', at, { user: 'ann:x' })
  const image = await pushImage(behind.port, 'open', '1', nonce(), { token: json.token })
  await pushImage(behind.port, 'shut', '1', nonce(), { token: json.token })
  const cache = await cacheOf(upstreamAt(`http://127.0.0.1:${behind.port}`, { credentials: null }))
  assert.is((await ask(cache.port, 'GET', '/v2/open/manifests/1')).body.toString(), image.bytes)
  assert.is((await ask(cache.port, 'GET', '/v2/shut/manifests/1')).code, 'UNAVAILABLE')
  await cache.close(1000)
  const credentials = { kind: 'password', user: 'ann', password: 'x' } as const
  const known = await cacheOf(upstreamAt(`http://127.0.0.1:${behind.port}`, { credentials }))
  assert.is((await ask(known.port, 'GET', '/v2/shut/manifests/1')).status, 200)
  await known.close(1000)
  await behind.close(1000)
})

test.run()
