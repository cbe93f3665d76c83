/** Large blobs, which the kernel sends by itself where it can: every byte, to who asked for it, counted. */

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import * as net from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, newRegistry, newRoot, pushBlob, sha256 } from '#support/registry'
import { sleep, until } from '#support/world'

const MIB = 1 << 20
const fdsOf = (): string[] =>
  fs.readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return [] // the one that was listed by
    }
  })

test('a large blob is there byte for byte, whole and in parts, and counted', async () => {
  const lines: { out: number; status: number }[] = []
  const log = {
    request: ({ bytes, status }: { bytes: { out: number }; status: number }) => lines.push({ out: bytes.out, status }),
    event: () => {},
  }
  const { port, root, close } = await newRegistry({ log })
  const bytes = randomBytes(9 * MIB + 12_345)
  const digest = await pushBlob(port, 'a', bytes)
  lines.length = 0
  const whole = await ask(port, 'GET', `/v2/a/blobs/${digest}`)
  assert.is(sha256(whole.body), digest)
  for (const [first, last] of [
    [1, 6 * MIB],
    [7 * MIB + 3, bytes.length - 1],
    [0, 256 * 1024 - 1],
    [bytes.length - 1, bytes.length - 1],
  ] as const) {
    const part = await ask(port, 'GET', `/v2/a/blobs/${digest}`, { headers: { range: `bytes=${first}-${last}` } })
    assert.is(part.status, 206)
    assert.ok(part.body.equals(bytes.subarray(first, last + 1)), `${first}-${last}`)
  }
  await until('every request is logged', () => lines.length === 5)
  const [out] = lines.map(line => line.out)
  assert.ok(out! > bytes.length && out! < bytes.length + 1000, `${out} of ${bytes.length}`)
  await close(1000)
  assert.equal(
    fdsOf().filter(target => target.startsWith(root)),
    [],
  )
})

test('one connection brings one large blob after the other when its requests come at once', async () => {
  const { port, close } = await newRegistry()
  const all = [randomBytes(3 * MIB), randomBytes(100), randomBytes(5 * MIB)]
  const digests: string[] = []
  for (const bytes of all) digests.push(await pushBlob(port, 'a', bytes))
  const requests = digests.map(digest => `GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`).join('')
  const chunks: Buffer[] = []
  const expected = all.reduce((sum, { length }) => sum + length, 0)
  const socket = net.connect(port, '127.0.0.1', () => socket.write(requests))
  socket.on('data', chunk => chunks.push(chunk))
  const bodies = (): Buffer[] => {
    const got: Buffer[] = []
    for (let rest = Buffer.concat(chunks); rest.length > 0; ) {
      const end = rest.indexOf('\r\n\r\n') + 4
      const length = Number(/content-length: (\d+)/i.exec(rest.subarray(0, end).toString())![1])
      got.push(rest.subarray(end, end + length))
      rest = rest.subarray(end + length)
    }
    return got
  }
  await until('all of it came', () => chunks.reduce((sum, { length }) => sum + length, 0) > expected)
  await sleep(50)
  assert.equal(bodies().map(sha256), digests)
  socket.destroy()
  await close(1000)
})

test('nobody gets the bytes of a client that has gone', async () => {
  const { port, root, close } = await newRegistry()
  const [one, other] = [randomBytes(24 * MIB), randomBytes(2 * MIB)]
  const digest = await pushBlob(port, 'a', one)
  const small = await pushBlob(port, 'a', other)
  for (let round = 0; round < 30; round++) {
    const leaving = Array.from({ length: 4 }, () => {
      const socket = net.connect(port, '127.0.0.1', () =>
        socket.write(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`),
      )
      socket.on('error', () => {})
      const after = Math.random() * 12 * MIB
      socket.on('data', () => socket.bytesRead > after && socket.resetAndDestroy())
      return new Promise(resolve => socket.on('close', resolve))
    })
    const answer = await ask(port, 'GET', `/v2/a/blobs/${small}`) // its connection may have the number of one that closed
    assert.is(sha256(answer.body), small)
    await Promise.all(leaving)
  }
  await close(2000)
  await until('no file is open', () => !fdsOf().some(target => target.startsWith(root)))
})

test('a slow client gets all of it, and one that stands still is cut', async () => {
  const { port, close } = await newRegistry({ idleMs: 1500 })
  const bytes = randomBytes(40 * MIB)
  const digest = await pushBlob(port, 'a', bytes)
  const slow = await new Promise<Buffer>((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path: `/v2/a/blobs/${digest}`, agent: false }, async response => {
      const chunks: Buffer[] = []
      let rested = 0
      try {
        for await (const chunk of response) {
          chunks.push(chunk)
          const got = chunks.reduce((sum, { length }) => sum + length, 0)
          if (got > (rested + 1) * 5 * MIB) {
            rested++
            await sleep(400)
          }
        }
        resolve(Buffer.concat(chunks))
      } catch (error) {
        reject(error)
      }
    })
  })
  assert.is(sha256(slow), digest)
  const socket = net.connect(port, '127.0.0.1', () =>
    socket.write(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`),
  )
  socket.on('error', () => {})
  socket.once('data', () => socket.pause())
  await sleep(5000)
  socket.resume()
  await new Promise(resolve => socket.on('close', resolve))
  assert.ok(socket.bytesRead < bytes.length, `${socket.bytesRead}`)
  await close(1000)
})

test('a blob that has lost its end is never passed off as whole', async () => {
  const { port, root, close } = await newRegistry()
  const digest = await pushBlob(port, 'a', randomBytes(4 * MIB))
  const [file] = execFileSync('find', [root, '-size', '+3M', '-type', 'f'], { encoding: 'utf8' }).split('\n')
  const answered = new Promise<Error | number>(resolve => {
    const request = http.get({ host: '127.0.0.1', port, path: `/v2/a/blobs/${digest}`, agent: false }, response => {
      fs.truncateSync(file!, MIB) // its length is promised already
      let got = 0
      response.on('data', chunk => (got += chunk.length))
      response.on('end', () => resolve(got))
      response.on('error', resolve)
      response.socket.pause()
      setTimeout(() => response.socket.resume(), 50)
    })
    request.on('error', resolve)
  })
  const end = await answered
  assert.ok(end instanceof Error || end === 4 * MIB, String(end)) // whole, where the kernel had all of it before
  const again = await ask(port, 'GET', `/v2/a/blobs/${digest}`).catch((error: Error) => error)
  assert.ok(again instanceof Error || again.body.length === MIB)
  await close(1000)
})

test('what is encrypted arrives as well', async () => {
  const pem = newRoot()
  const [key, cert] = [`${pem}/key.pem`, `${pem}/cert.pem`]
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  })
  const root = newRoot()
  const plain = await newRegistry({}, root)
  const digest = await pushBlob(plain.port, 'a', randomBytes(5 * MIB))
  await plain.close(1000)
  const { port, close } = await newRegistry({ tls: { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } }, root)
  const body = await new Promise<Buffer>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: `/v2/a/blobs/${digest}`, rejectUnauthorized: false, agent: false }
    https
      .get(options, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks)))
      })
      .on('error', reject)
  })
  assert.is(sha256(body), digest)
  await close(1000)
})

test.run()
