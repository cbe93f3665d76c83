/** Clients that take their time: those who wait are waited for, those who hold a connection for nothing are cut. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as http from 'node:http'
import * as net from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, newRegistry, newRoot } from '#support/registry'
import { sleep } from '#support/world'

test('a connection stays for a client that takes its time between two requests', async () => {
  const { port, close } = await newRegistry({ idleMs: 20_000 })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const ports: (number | undefined)[] = []
  for (const wait of [8000, 0]) {
    await new Promise<void>((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port, path: '/v2/', agent }, response => {
        ports.push(response.socket.localPort)
        response.resume().on('end', resolve)
      })
      request.on('error', reject)
    })
    await sleep(wait)
  }
  assert.is(ports[0], ports[1])
  agent.destroy()
  await close(1000)
})

test('a slow client is cut, and one with too many headers refused', async () => {
  const { port, close } = await newRegistry({ idleMs: 300, headersMs: 300 })
  const cutAfter = (text: string): Promise<string> =>
    new Promise(resolve => {
      let answer = ''
      const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
      socket.on('data', chunk => (answer += chunk))
      socket.on('error', () => {})
      socket.on('close', () => resolve(answer))
    })
  assert.match(await cutAfter('GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: '), /^$|408/)
  const { headers } = await ask(port, 'POST', '/v2/a/blobs/uploads/')
  assert.is(await cutAfter(`PATCH ${headers.location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc`), '')
  assert.is((await ask(port, 'GET', headers.location!)).headers.range, '0-2')
  const flood = Array.from({ length: 2000 }, (_, i) => `X-${i}: ${'y'.repeat(20)}\r\n`).join('')
  assert.match(await cutAfter(`GET /v2/ HTTP/1.1\r\nHost: x\r\n${flood}\r\n`), '431')
  await close(1000)
})

test('a client whose body comes a byte at a time is cut, and what came of an upload is kept', async () => {
  const { port, close } = await newRegistry({ idleMs: 500 })
  const { headers } = await ask(port, 'POST', '/v2/a/blobs/uploads/')
  for (const line of [`PATCH ${headers.location}`, 'PUT /v2/a/manifests/1']) {
    const begin = Date.now()
    const ended = new Promise<void>(resolve => {
      const socket = net.connect(port, '127.0.0.1', () =>
        socket.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`),
      )
      const more = setInterval(() => socket.write('x'), 50)
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(more)
        resolve()
      })
    })
    await Promise.race([ended, sleep(10_000)])
    assert.ok(Date.now() - begin < 8000, line)
  }
  const { range } = (await ask(port, 'GET', headers.location!)).headers
  assert.ok(Number(String(range).split('-')[1]) > 0, String(range))
  await close(0)
})

test('a client that brings its header, or its handshake, a byte at a time is cut', async () => {
  const pem = newRoot()
  const names = ['-subj', '/CN=x', '-keyout', `${pem}/key`, '-out', `${pem}/cert`]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names], { stdio: 'pipe' })
  const [cert, key] = [fs.readFileSync(`${pem}/cert`), fs.readFileSync(`${pem}/key`)]
  for (const tls of [null, { cert, key }]) {
    const { port, close } = await newRegistry({ headersMs: 300, tls })
    const begin = Date.now()
    const ended = new Promise<void>(resolve => {
      // a record of a handshake that has 512 bytes, of which the first come
      const bytes =
        tls === null ? Buffer.from('GET /v2/ HTTP/1.1\r\nX: ') : Buffer.from('1603010200010001fc0303', 'hex')
      const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
      const more = setInterval(() => socket.write('\0'.replace('\0', tls === null ? 'x' : '\0')), 50)
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(more)
        resolve()
      })
      socket.resume()
    })
    await Promise.race([ended, sleep(10_000)])
    assert.ok(Date.now() - begin < 8000, tls === null ? 'header' : 'handshake')
    await close(0)
  }
})

test.run()
