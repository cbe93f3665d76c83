/** Requests as they leave: through a proxy, with time limits, and with answers that have no end. */

import * as http from 'node:http'
import type * as net from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Grant, withGrant } from '#chapters/ch5-registry/client/auth/after-answer'
import { Registry } from '#chapters/ch5-registry/client/http/registry'
import { causeOf } from '#chapters/ch5-registry/client/http/retry'
import { Transport, usualLimits } from '#chapters/ch5-registry/client/http/transport'
import { listTags } from '#chapters/ch5-registry/client/image/tags'
import { FakeRegistry } from '#support/fake-registry'
import { nonce } from '#support/world'

const fake = await FakeRegistry.open()
const type = 'application/vnd.oci.image.manifest.v1+json'
const fresh = (): void => {
  fake.seen.length = 0
  fake.fault = () => undefined
}

interface Proxy {
  readonly host: string
  /** First lines of requests, and who asked. */
  readonly asked: string[]
  close(): Promise<void>
}

/** As squid is set up: CONNECT to the port of HTTPS alone. */
async function newProxy(): Promise<Proxy> {
  const asked: string[] = []
  const note = ({ method, url, headers }: http.IncomingMessage): void =>
    void asked.push(`${method} ${url} ${headers['proxy-authorization'] ?? '-'}`)
  const server = http.createServer((request, response) => {
    note(request)
    const { pathname, search } = new URL(request.url!)
    const [host, port] = fake.host.split(':')
    const { 'proxy-authorization': _, ...headers } = request.headers
    const far = http.request({ host, port, method: request.method, path: pathname + search, headers }, answer => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    request.pipe(far)
  })
  server.on('connect', (request, socket) => {
    note(request)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function withEnv(env: Readonly<Record<string, string>>, action: () => Promise<void>): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, env)
  try {
    await action()
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

test('plain HTTP goes through a proxy by its whole URL, HTTPS by CONNECT, and who refuses that is named', async () => {
  fresh()
  fake.putManifest('a', '1', { nonce: nonce() }, type)
  const proxy = await newProxy()
  const at = `http://ann:word@${proxy.host}`
  const basic = `Basic ${Buffer.from('ann:word').toString('base64')}`
  await withEnv({ HTTP_PROXY: at, HTTPS_PROXY: at, NO_PROXY: '' }, async () => {
    const options = { credentials: null, wait: async () => undefined }
    const plain = new Registry('registry.invalid:5000', { ...options, insecure: ['registry.invalid:5000'] })
    assert.equal(await listTags(plain, 'a', 'a'), ['1'])
    await plain.close()
    assert.ok(
      proxy.asked.includes(`GET http://registry.invalid:5000/v2/a/tags/list?n=1000 ${basic}`),
      proxy.asked.join('\n'),
    )
    assert.not(fake.seen.some(({ headers }) => 'proxy-authorization' in headers))
    proxy.asked.length = 0
    const secure = new Registry('registry.invalid', options)
    const error = await listTags(secure, 'a', 'a').catch((error: Error) => error)
    await secure.close()
    assert.match(String((error as Error).message), /proxy .*403/)
    assert.is(new Set(proxy.asked).size, 1)
    assert.is(proxy.asked[0], `CONNECT registry.invalid:443 ${basic}`)
  })
  await proxy.close()
})

test('a registry has more time to say that it has a blob than to say anything else', async () => {
  fresh()
  fake.fault = () => ({ delay: 4000 })
  const transport = new Transport(() => true, { ...usualLimits, answer: 1000, commit: 20_000 })
  const url = `http://${fake.host}/v2/a/manifests/2`
  const put = await transport.send({ method: 'PUT', url, headers: { 'content-type': type }, body: Buffer.from('{}') })
  assert.is(put.status, 201)
  await put.drop()
  const got = await transport.send({ method: 'GET', url, headers: {} }).catch((error: Error) => error)
  assert.is(causeOf(got), 'UND_ERR_HEADERS_TIMEOUT')
  await transport.close()
})

test('an answer whose header has no end is given up, and not asked for again', async () => {
  fresh()
  fake.fault = () => ({ answer: { status: 200, headers: { 'x-long': 'x'.repeat(20_000) } } })
  const registry = new Registry(fake.host, { credentials: null, wait: async () => undefined })
  const error = await listTags(registry, 'a', 'a').catch((error: Error) => error)
  assert.match(String((error as Error).message), /header of its answer is too long/)
  assert.ok(fake.seen.length <= 2, `${fake.seen.length} requests`)
  await registry.close()
})

test('of tokens only those are kept that can be used', () => {
  const grant = (until: number): Grant => ({ scopes: [], token: nonce(), until })
  const [old, other, fresh] = [grant(1000), grant(3000), grant(4000)]
  const before = withGrant(withGrant([], old, 0), other, 0)
  assert.equal(before, [other, old])
  assert.is(withGrant(before, other, 2000), before)
  assert.equal(withGrant(before, fresh, 2000), [fresh, other])
})

test.after(() => fake.close())
test.run()
