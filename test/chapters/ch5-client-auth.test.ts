/** Who we are to a registry: what is decided on plain data, the credential store, and login against a registry. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AuthState, afterAnswer, grantFor, grantIn } from '#chapters/ch5-registry/client/auth/after-answer'
import { CredentialStore } from '#chapters/ch5-registry/client/auth/config-file'
import { originsOf } from '#chapters/ch5-registry/client/http/origins'
import { proxyFor } from '#chapters/ch5-registry/client/http/proxy'
import { afterRedirect } from '#chapters/ch5-registry/client/http/redirect'
import { afterFailure, retryAfter } from '#chapters/ch5-registry/client/http/retry'
import { run } from '#support/cli'
import { FakeRegistry } from '#support/fake-registry'
import { newWorld, nonce } from '#support/world'

const world = newWorld()
const pull = { type: 'repository', name: 'a/b', actions: ['pull'] }
const state: AuthState = {
  credentials: { kind: 'password', user: 'ann', password: 'pä:ss' },
  needs: [pull],
  url: 'https://registry.example/v2/a/b/manifests/1',
  isRetried: false,
}
const says = (challenge: string) => ({ status: 401, headers: { 'www-authenticate': challenge } })
const bearer = says('Bearer realm="https://auth.example/token?x=1",service="reg",scope="repository:a/b:pull"')

test('a token is asked for with service, scope and name when a registry says Bearer', () => {
  const move = afterAnswer(state, bearer)
  assert.is(move.kind, 'token')
  if (move.kind !== 'token') return
  assert.is(move.ask.url, 'https://auth.example/token?x=1&service=reg&scope=repository%3Aa%2Fb%3Apull&account=ann')
  assert.is(move.ask.headers.authorization, `Basic ${Buffer.from('ann:pä:ss').toString('base64')}`)
})

test('an identity token goes by POST, and no name with it, when one is kept', () => {
  const move = afterAnswer({ ...state, credentials: { kind: 'identity', token: 'id' } }, bearer)
  assert.ok(move.kind === 'token' && move.ask.method === 'POST')
  if (move.kind !== 'token') return
  const form = new URLSearchParams(Buffer.from(move.ask.body as Uint8Array).toString())
  assert.is(form.get('grant_type'), 'refresh_token')
  assert.is(form.get('refresh_token'), 'id')
  assert.is(move.ask.headers.authorization, undefined)
})

test('a request is not made a third time when its credentials are refused', () => {
  assert.is(afterAnswer({ ...state, isRetried: true }, bearer).kind, 'refuse')
  assert.is(afterAnswer({ ...state, credentials: null }, says('Basic realm="x"')).kind, 'refuse')
  assert.is(afterAnswer(state, says('')).kind, 'refuse')
  assert.is(afterAnswer(state, { status: 403, headers: {} }).kind, 'accept')
})

test('a password goes to no token server without HTTPS when the registry has it', () => {
  assert.is(afterAnswer(state, says('Bearer realm="http://auth.example/token"')).kind, 'refuse')
  const plain = { ...state, url: 'http://127.0.0.1:5000/v2/' }
  assert.is(afterAnswer(plain, says('Bearer realm="http://127.0.0.1:5001/token"')).kind, 'token')
})

test('a token serves what it was given for, and as long as it was, when others are asked for', () => {
  const grant = grantIn('{"access_token":"t","expires_in":100}', [pull], 1000)!
  assert.is(grantFor([grant], [pull], 1000), grant)
  assert.is(grantFor([grant], [pull], 1000 + 100_000), undefined)
  assert.is(grantFor([grant], [{ ...pull, actions: ['pull', 'push'] }], 1000), undefined)
  assert.is(grantFor([grant], [{ ...pull, name: 'a/c' }], 1000), undefined)
  for (const body of ['', '{}', '[]', 'null', '{"token":7}', '{"token":"a\\r\\nb: c"}'])
    assert.is(grantIn(body, [pull], 0), null)
})

test('HTTPS is given up only where it may be when a registry is looked for', () => {
  const urls = (domain: string, ...insecure: string[]) => originsOf(domain, insecure).map(({ url }) => url)
  assert.equal(urls('registry.example'), ['https://registry.example'])
  assert.equal(urls('127.0.0.1.example'), ['https://127.0.0.1.example'])
  assert.equal(urls('localhost:5000'), ['https://localhost:5000', 'http://localhost:5000'])
  assert.equal(urls('127.9.9.9'), ['https://127.9.9.9', 'http://127.9.9.9'])
  assert.equal(urls('[::1]:5000'), ['https://[::1]:5000', 'http://[::1]:5000'])
  assert.equal(urls('reg:5000', 'reg:5000').length, 2)
  assert.equal(urls('reg:5001', 'reg:5000').length, 1)
  assert.equal(urls('docker.io', 'docker.io'), ['https://registry-1.docker.io'])
})

test('a proxy is used as the environment says, and never for this machine, when requests are made', () => {
  const env = {
    HTTPS_PROXY: 'http://p:1',
    http_proxy: 'q:2',
    NO_PROXY: 'a.example,.b.example, 10.0.0.0/8,c.example:444',
  }
  const proxy = (url: string) => proxyFor(url, env)
  assert.is(proxy('https://x.example/'), 'http://p:1')
  assert.is(proxy('http://x.example/'), 'http://q:2')
  for (const url of [
    'https://a.example/',
    'https://sub.a.example/',
    'https://z.b.example/',
    'https://10.1.2.3/',
    'https://c.example:444/',
  ]) {
    assert.is(proxy(url), null, url)
  }
  for (const url of ['https://b.example/', 'https://ya.example/', 'https://11.1.2.3/', 'https://c.example/']) {
    assert.is(proxy(url), 'http://p:1', url)
  }
  for (const url of ['https://localhost:5000/', 'http://127.0.0.1/', 'https://[::1]/']) assert.is(proxy(url), null, url)
  assert.is(proxyFor('https://x.example/', { ...env, NO_PROXY: '*' }), null)
})

test('credentials are left behind when a redirect leads elsewhere, and plain HTTP is refused', () => {
  const ask = {
    method: 'GET',
    url: 'https://r.example/a',
    headers: { authorization: 'Bearer t', range: 'bytes=5-' },
  } as const
  const to = (location: string, status = 307) => afterRedirect(ask, { status, headers: { location } }, () => false)
  const same = to('/b')
  assert.ok(
    same.kind === 'follow' && same.ask.headers.authorization === 'Bearer t' && same.ask.url === 'https://r.example/b',
  )
  for (const place of ['https://cdn.example/b', 'https://r.example:444/b', 'https://user:pw@r.example.evil/b']) {
    const move = to(place)
    assert.ok(move.kind === 'follow', place)
    if (move.kind !== 'follow') continue
    assert.equal(move.ask.headers, { range: 'bytes=5-' })
    assert.not.match(move.ask.url, /pw/)
  }
  for (const place of ['http://cdn.example/b', 'file:///etc/passwd', 'http://'])
    assert.is(to(place).kind, 'refuse', place)
  const post = afterRedirect({ ...ask, method: 'POST' }, { status: 302, headers: { location: '/b' } }, () => false)
  assert.is(post.kind, 'refuse')
})

test('what is tried again waits longer each time, and as long as it is told, when chance and clock are given', () => {
  const chance = { now: Date.parse('2026-01-01T00:00:00Z'), random: 0.5 }
  const waits = [1, 2, 3, 4].map(tries => afterFailure({ status: 503, headers: {} }, tries, chance))
  assert.equal(waits, [{ wait: 188 }, { wait: 375 }, { wait: 750 }, { wait: 1500 }])
  assert.equal(afterFailure({ status: 503, headers: {} }, 5, chance), { giveUp: true })
  for (const status of [200, 400, 401, 403, 404, 416, 501]) {
    assert.equal(afterFailure({ status, headers: {} }, 1, chance), { giveUp: true }, String(status))
  }
  assert.is(retryAfter('7', chance.now), 7000)
  assert.is(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', chance.now), 30_000)
  for (const text of [undefined, '', '-1', '1e9', 'soon']) assert.is(retryAfter(text, chance.now), null)
  const certificate = Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' })
  assert.equal(afterFailure(certificate, 1, chance), { giveUp: true })
})

const storeAt = (config: object | null) => {
  const directory = world.path()
  fs.mkdirSync(directory)
  if (config !== null) fs.writeFileSync(`${directory}/config.json`, JSON.stringify(config), { mode: 0o644 })
  return { directory, store: new CredentialStore({ DOCKER_CONFIG: directory }) }
}
const read = (directory: string) => JSON.parse(fs.readFileSync(`${directory}/config.json`, 'utf8'))

test('the file is docker’s, for its owner alone, and keeps what others wrote, when a login is kept', async () => {
  const other = { auths: { 'other.example': { auth: 'eDp5' } }, psFormat: 'table', plugins: { a: { b: 'c' } } }
  const { directory, store } = storeAt(other)
  await store.put('docker.io', { kind: 'password', user: 'ann', password: 'p:w' })
  const auth = Buffer.from('ann:p:w').toString('base64')
  assert.equal(read(directory), { ...other, auths: { ...other.auths, 'https://index.docker.io/v1/': { auth } } })
  assert.is(fs.statSync(`${directory}/config.json`).mode & 0o777, 0o600)
  assert.equal(await store.get('docker.io'), { kind: 'password', user: 'ann', password: 'p:w' })
  assert.equal(await store.get('other.example'), { kind: 'password', user: 'x', password: 'y' })
  assert.is(await store.get('x.other.example'), null)
  assert.is(await store.remove('docker.io'), true)
  assert.is(await store.remove('docker.io'), false)
  assert.equal(read(directory), other)
})

test('a helper keeps the password, and the file does not, when one is named', async () => {
  const name = `t${nonce()}`
  const bin = world.path()
  fs.mkdirSync(bin)
  const script = `#!/bin/sh\ncase $1 in
store) cat >${bin}/kept;;
get) read server; test -f ${bin}/kept || { echo 'credentials not found in native keychain'; exit 1; }; cat ${bin}/kept;;
erase) cat >${bin}/erased; rm ${bin}/kept;;
esac\n`
  fs.writeFileSync(`${bin}/docker-credential-${name}`, script, { mode: 0o755 })
  const before = process.env.PATH
  process.env.PATH = `${bin}:${before}`
  try {
    const { directory, store } = storeAt({ credHelpers: { 'h.example:5000': name } })
    assert.is(await store.get('h.example:5000'), null)
    await store.put('h.example:5000', { kind: 'password', user: 'ann', password: 'pw' })
    assert.not.match(fs.readFileSync(`${directory}/config.json`, 'utf8'), /pw|YW5u/)
    assert.is(JSON.parse(fs.readFileSync(`${bin}/kept`, 'utf8')).ServerURL, 'h.example:5000')
    assert.equal(await store.get('h.example:5000'), { kind: 'password', user: 'ann', password: 'pw' })
    assert.is(await store.remove('h.example:5000'), true)
    assert.is(fs.readFileSync(`${bin}/erased`, 'utf8'), 'h.example:5000')
  } finally {
    process.env.PATH = before
  }
})

for (const kind of ['basic', 'token'] as const) {
  test(`login keeps what the registry accepts, and nothing that it refuses, when it wants ${kind}`, async () => {
    const fake = await FakeRegistry.open()
    const password = nonce()
    fake.auth = { user: 'ann', password, kind }
    const env = { DOCKER_CONFIG: world.path() }
    const login = (input: string) =>
      run(world, ['ch5', 'login', '-u', 'ann', '--password-stdin', fake.host], { env, input })
    try {
      const wrong = await login('wrong\n')
      assert.is(wrong.code, 125)
      assert.match(wrong.stderr, /401/)
      assert.is(fs.existsSync(`${env.DOCKER_CONFIG}/config.json`), false)
      const right = await login(`${password}\n`)
      assert.is(right.stderr, '')
      assert.is(right.stdout, 'Login Succeeded\n')
      fake.putManifest('a/b', 'one', {}, 'application/vnd.oci.image.manifest.v1+json')
      const tags = await run(world, ['ch5', 'tags', `${fake.host}/a/b`], { env })
      assert.is(tags.stdout, 'one\n')
      const out = await run(world, ['ch5', 'logout', fake.host], { env })
      assert.match(out.stdout, /^Removing login credentials/)
      const after = await run(world, ['ch5', 'tags', `${fake.host}/a/b`], { env })
      assert.is(after.code, 125)
      assert.match(after.stderr, /ch5 login/)
      for (const said of [wrong, right, tags, after]) assert.not.match(said.stdout + said.stderr, new RegExp(password))
    } finally {
      await fake.close()
    }
  })
}

test('tags come from all pages when a registry gives them by twos', async () => {
  const fake = await FakeRegistry.open()
  fake.pageSize = 2
  const tags = ['a', 'b', 'c', 'd', 'e']
  for (const tag of tags) fake.putManifest('a/b', tag, { tag }, 'application/vnd.oci.image.manifest.v1+json')
  const { stdout } = await run(world, ['ch5', 'tags', '--json', `${fake.host}/a/b`])
  assert.equal(JSON.parse(stdout).tags, tags)
  assert.is(fake.count('GET', '/tags/list'), 3)
  await fake.close()
})

test.run()
