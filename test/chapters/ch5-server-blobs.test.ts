import * as fs from 'node:fs'
import * as http from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, newRegistry, pushBlob, sha256 } from '#support/registry'
import { nonce } from '#support/world'

const registry = await newRegistry()
const { port } = registry

test('the base says which API it is when it is asked', async () => {
  for (const method of ['GET', 'HEAD']) {
    const { status, headers } = await ask(port, method, '/v2/')
    assert.is(status, 200)
    assert.is(headers['docker-distribution-api-version'], 'registry/2.0')
  }
  assert.is((await ask(port, 'GET', '/v2')).status, 200)
})

test('a blob is there whole and in parts when it was pushed at once', async () => {
  const bytes = nonce().repeat(1000)
  const digest = await pushBlob(port, 'a/b', bytes)
  const at = `/v2/a/b/blobs/${digest}`
  const got = await ask(port, 'GET', at)
  assert.is(got.body.toString(), bytes)
  assert.is(got.headers['docker-content-digest'], digest)
  const head = await ask(port, 'HEAD', at)
  assert.equal([head.status, head.headers['content-length'], head.body.length], [200, String(bytes.length), 0])
  const part = await ask(port, 'GET', at, { headers: { range: 'bytes=10-19' } })
  assert.equal([part.status, part.body.toString()], [206, bytes.slice(10, 20)])
  assert.is(part.headers['content-range'], `bytes 10-19/${bytes.length}`)
  const tail = await ask(port, 'GET', at, { headers: { range: 'bytes=-5' } })
  assert.is(tail.body.toString(), bytes.slice(-5))
  const beyond = await ask(port, 'GET', at, { headers: { range: `bytes=${bytes.length}-` } })
  assert.equal([beyond.status, beyond.headers['content-range']], [416, `bytes */${bytes.length}`])
  const other = await ask(port, 'GET', at, { headers: { range: 'bytes=0-3', 'if-range': '"other"' } })
  assert.equal([other.status, other.body.length], [200, bytes.length])
  // as far as a 64-bit number goes: a way to say "the rest"
  for (const range of ['bytes=10-18446744073709551615', 'bytes=-18446744073709551615']) {
    const { status, body } = await ask(port, 'GET', at, { headers: { range } })
    assert.equal([status, body.toString()], [206, bytes.slice(range.startsWith('bytes=-') ? 0 : 10)])
  }
  const far = await ask(port, 'GET', at, { headers: { range: 'bytes=18446744073709551615-' } })
  assert.is(far.status, 416)
  const same = await ask(port, 'GET', at, { headers: { 'if-none-match': got.headers.etag! } })
  assert.equal([same.status, same.body.length], [304, 0])
})

test('a blob is not there when another repository has it', async () => {
  const digest = await pushBlob(port, 'mine', nonce())
  assert.is((await ask(port, 'GET', `/v2/yours/blobs/${digest}`)).code, 'BLOB_UNKNOWN')
  assert.is((await ask(port, 'HEAD', `/v2/yours/blobs/${digest}`)).status, 404)
})

test('an empty blob can be pushed and pulled', async () => {
  const digest = await pushBlob(port, 'a', '')
  const { status, headers } = await ask(port, 'GET', `/v2/a/blobs/${digest}`)
  assert.equal([status, headers['content-length']], [200, '0'])
})

async function begun(name: string): Promise<string> {
  const { status, headers } = await ask(port, 'POST', `/v2/${name}/blobs/uploads/`)
  assert.equal([status, headers.range], [202, '0-0'])
  return headers.location!
}

test('chunks become a blob when each begins where the last ended', async () => {
  const [a, b, c] = [nonce(), nonce(), nonce()]
  const at = await begun('chunks')
  const chunk = (range: string, body: string) => ask(port, 'PATCH', at, { body, headers: { 'content-range': range } })
  assert.equal((await chunk('0-15', a)).headers.range, '0-15')
  const wrong = await chunk('17-32', b)
  assert.equal([wrong.status, wrong.headers.range, wrong.headers.location], [416, '0-15', at])
  const short = await chunk('16-40', b)
  assert.is(short.code, 'SIZE_INVALID')
  assert.is((await chunk('16-31', b)).status, 202)
  const status = await ask(port, 'GET', at)
  assert.equal([status.status, status.headers.range], [204, '0-31'])
  const digest = sha256(a + b + c)
  const done = await ask(port, 'PUT', `${at}?digest=${digest}`, { body: c, headers: { 'content-range': '32-47' } })
  assert.equal([done.status, done.headers.location], [201, `/v2/chunks/blobs/${digest}`])
  assert.is((await ask(port, 'GET', done.headers.location!)).body.toString(), a + b + c)
  assert.is((await ask(port, 'GET', at)).code, 'BLOB_UPLOAD_UNKNOWN')
})

test('a stream becomes a blob when it has no length', async () => {
  const at = await begun('streams')
  const bytes = nonce().repeat(100_000)
  await ask(port, 'PATCH', at, { body: bytes, streamed: true })
  const digest = sha256(bytes)
  assert.is((await ask(port, 'PUT', `${at}?digest=${digest}`)).status, 201)
  assert.is(sha256((await ask(port, 'GET', `/v2/streams/blobs/${digest}`)).body), digest)
})

test('nothing is there and the upload is gone when its digest is another', async () => {
  const at = await begun('wrong')
  await ask(port, 'PATCH', at, { body: 'these' })
  const digest = sha256(nonce())
  assert.is((await ask(port, 'PUT', `${at}?digest=${digest}`)).code, 'DIGEST_INVALID')
  assert.is((await ask(port, 'HEAD', `/v2/wrong/blobs/${digest}`)).status, 404)
  assert.is((await ask(port, 'HEAD', `/v2/wrong/blobs/${sha256('these')}`)).status, 404)
  assert.is((await ask(port, 'GET', at)).code, 'BLOB_UPLOAD_UNKNOWN')
  const once = await ask(port, 'POST', `/v2/wrong/blobs/uploads/?digest=${digest}`, { body: 'those' })
  assert.is(once.code, 'DIGEST_INVALID')
  assert.equal(fs.readdirSync(`${registry.root}/repositories/wrong/_uploads`), [])
})

test('an upload is gone when it is cancelled', async () => {
  const at = await begun('cancelled')
  assert.is((await ask(port, 'DELETE', at)).status, 204)
  for (const method of ['GET', 'DELETE', 'PATCH']) assert.is((await ask(port, method, at)).code, 'BLOB_UPLOAD_UNKNOWN')
})

test('an upload goes on where it was cut when its connection ended', async () => {
  const bytes = nonce().repeat(50_000)
  const at = await begun('cut')
  await new Promise<void>(resolve => {
    const request = http.request({ port, method: 'PATCH', path: at, headers: { 'content-length': bytes.length } })
    request.on('error', () => resolve())
    request.write(bytes.slice(0, 300_000), () => setTimeout(() => request.destroy(), 50))
  })
  let size = 0
  for (let i = 0; i < 50 && size !== 300_000; i++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    size = Number((await ask(port, 'GET', at)).headers.range!.split('-')[1]) + 1
  }
  assert.is(size, 300_000)
  const digest = sha256(bytes)
  const rest = { body: bytes.slice(size), headers: { 'content-range': `${size}-${bytes.length - 1}` } }
  assert.is((await ask(port, 'PUT', `${at}?digest=${digest}`, rest)).status, 201)
  assert.is(sha256((await ask(port, 'GET', `/v2/cut/blobs/${digest}`)).body), digest)
})

test('the older request is cut when another writes into the same upload', async () => {
  const at = await begun('twice')
  const first = http.request({ port, method: 'PATCH', path: at, headers: { 'content-length': 1000 } })
  const ended = new Promise<void>(resolve => first.on('error', () => resolve()))
  await new Promise<void>(resolve => first.write('x'.repeat(16), () => setTimeout(resolve, 50)))
  const second = await ask(port, 'PATCH', at, { body: 'y', headers: { 'content-range': '16-16' } })
  assert.equal([second.status, second.headers.range], [202, '0-16'])
  await ended
})

test('a blob is mounted when the other repository has it, and an upload begins when not', async () => {
  const digest = await pushBlob(port, 'source/x', nonce())
  const mount = (query: string) => ask(port, 'POST', `/v2/target/blobs/uploads/?${query}`)
  assert.is((await mount(`mount=${digest}&from=nowhere`)).status, 202)
  assert.is((await mount(`mount=${digest}&from=../etc`)).status, 202)
  assert.is((await mount(`mount=${sha256(nonce())}&from=source/x`)).status, 202)
  const done = await mount(`mount=${digest}&from=source/x`)
  assert.equal([done.status, done.headers.location], [201, `/v2/target/blobs/${digest}`])
  assert.is((await ask(port, 'GET', done.headers.location!)).status, 200)
  const automatic = await ask(port, 'POST', `/v2/other/blobs/uploads/?mount=${digest}`)
  assert.is(automatic.status, 201)
})

test('a blob is gone from one repository alone when it is deleted', async () => {
  const bytes = nonce()
  const digest = await pushBlob(port, 'one', bytes)
  await pushBlob(port, 'two', bytes)
  assert.is((await ask(port, 'DELETE', `/v2/one/blobs/${digest}`)).status, 202)
  assert.is((await ask(port, 'DELETE', `/v2/one/blobs/${digest}`)).code, 'BLOB_UNKNOWN')
  assert.is((await ask(port, 'GET', `/v2/two/blobs/${digest}`)).body.toString(), bytes)
})

test('no path leads out when names, digests and uploads are not what they should be', async () => {
  fs.writeFileSync(`${registry.root}/secret`, 'secret')
  const refused = [
    ['GET', '/v2/../../etc/passwd'],
    ['GET', '/v2/%2e%2e/%2e%2e/blobs/sha256:00'],
    ['GET', '/v2/a/../b/tags/list'],
    ['GET', '/v2/a%2f..%2f..%2fb/tags/list'],
    ['GET', '/v2/a%00b/tags/list'],
    ['GET', '/v2/a/manifests/..%2f..%2fsecret'],
    ['GET', '/v2/a/manifests/%2e%2e'],
    ['GET', '/v2/a/blobs/sha256:..%2f..%2fsecret'],
    ['GET', '/v2/a/blobs/uploads/..%2f..%2f..%2fsecret'],
    ['PATCH', '/v2/a/blobs/uploads/%2e%2e%2fsecret'],
    ['DELETE', '/v2/a/blobs/uploads/..'],
    ['PUT', '/v2/a/manifests/..'],
    ['GET', '/v2/_layers/tags/list'],
    ['GET', '/v2/A/tags/list'],
    ['GET', '/v2/%ff/tags/list'],
    ['GET', `/v2/${'a'.repeat(256)}/tags/list`],
    ['GET', '/etc/passwd'],
  ] as const
  for (const [method, target] of refused) {
    const { status, body, code } = await ask(port, method, target)
    assert.ok(status === 400 || status === 404, `${method} ${target}: ${status}`)
    assert.ok(code !== undefined, target)
    assert.not.match(body.toString(), /secret'|root:/)
  }
  assert.is(fs.readFileSync(`${registry.root}/secret`, 'utf8'), 'secret')
})

test('the methods that there are are told when another is used', async () => {
  const { status, code, headers } = await ask(port, 'PUT', '/v2/a/tags/list')
  assert.equal([status, code, headers.allow], [405, 'UNSUPPORTED', 'GET, HEAD'])
})

test.after(() => registry.close(1000))
test.run()
