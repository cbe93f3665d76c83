import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as http from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accessLog } from '#chapters/ch5-registry/server/http/log'
import { needs } from '#support/needs'
import { ask, imageOf, newRegistry, newRoot, pushBlob, pushImage, putManifest, sha256 } from '#support/registry'
import { nonce, sleep } from '#support/world'

test('nothing can be changed when a registry is read-only', async () => {
  const root = newRoot()
  const writable = await newRegistry({}, root)
  const image = await pushImage(writable.port, 'a', '1', nonce())
  await writable.close(1000)
  const { port, close } = await newRegistry({ readOnly: true }, root)
  assert.is((await ask(port, 'GET', '/v2/a/manifests/1')).body.toString(), image.bytes)
  for (const [method, target] of [
    ['POST', '/v2/a/blobs/uploads/'],
    ['PUT', '/v2/a/manifests/2'],
    ['DELETE', '/v2/a/manifests/1'],
  ] as const) {
    const { status, code, json } = await ask(port, method, target)
    assert.equal([status, code], [405, 'UNSUPPORTED'])
    assert.match(json.errors[0].message, 'read-only')
  }
  await close(1000)
})

test('a repository takes no more than its quota, and says so', async () => {
  const { port, root, close } = await newRegistry({ quota: 10_000 })
  await pushBlob(port, 'a', nonce().repeat(500)) // 8000
  const more = nonce().repeat(200)
  const at = `/v2/a/blobs/uploads/?digest=${sha256(more)}`
  for (const streamed of [{}, { streamed: true } as const]) {
    const { status, code, json } = await ask(port, 'POST', at, { body: more, ...streamed })
    assert.equal([status, code], [403, 'DENIED'])
    assert.match(json.errors[0].message, '10000 bytes')
  }
  await pushBlob(port, 'b', more) // that is another's
  const mount = await ask(port, 'POST', `/v2/a/blobs/uploads/?mount=${sha256(more)}&from=b`)
  assert.equal([mount.status, mount.code], [403, 'DENIED'])
  assert.equal(fs.readdirSync(`${root}/repositories/a/_uploads`), [])
  await pushBlob(port, 'a', nonce().repeat(100))
  await close(1000)
})

test('uploads at once take no more together than a quota has for one', async () => {
  const { port, registry, close } = await newRegistry({ quota: 10_000 })
  const all = Array.from({ length: 6 }, () => nonce().repeat(250)) // 4000 each
  const uploads = await Promise.all(
    all.map(async bytes => {
      const { headers } = await ask(port, 'POST', '/v2/a/blobs/uploads/')
      await ask(port, 'PATCH', headers.location!, { body: bytes })
      return `${headers.location}?digest=${sha256(bytes)}`
    }),
  )
  const answers = await Promise.all(uploads.map(at => ask(port, 'PUT', at)))
  assert.equal(answers.map(({ status }) => status).sort(), [201, 201, 403, 403, 403, 403])
  assert.is(await registry.quota.room('a'), 2000)
  const mounts = all.map(bytes => ask(port, 'POST', `/v2/b/blobs/uploads/?mount=${sha256(bytes)}&from=a`))
  assert.equal((await Promise.all(mounts)).map(({ status }) => status).sort(), [201, 201, 202, 202, 202, 202])
  // what is there already takes no room
  const there = all.find((_, index) => answers[index]!.status === 201)!
  await pushBlob(port, 'a', nonce().repeat(120)) // 1920
  await ask(port, 'POST', `/v2/a/blobs/uploads/?mount=${sha256(there)}`)
  assert.is(await registry.quota.room('a'), 80)
  await close(1000)
})

needs(
  'root',
  'linux',
  'mount',
)('a full disk is told, nothing is half there, and smaller things go on', async () => {
  const root = newRoot()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', root])
  try {
    const { port, close } = await newRegistry({}, root)
    const image = await pushImage(port, 'a', '1', nonce())
    const large = Buffer.alloc(4 << 20, nonce())
    const { status, code, json } = await ask(port, 'POST', `/v2/a/blobs/uploads/?digest=${sha256(large)}`, {
      body: large,
    })
    assert.equal([status, code], [507, 'STORAGE_FULL'])
    assert.match(json.errors[0].message, 'disk of the registry is full')
    assert.not.match(json.errors[0].message, root)
    assert.is((await ask(port, 'HEAD', `/v2/a/blobs/${sha256(large)}`)).status, 404)
    assert.equal(fs.readdirSync(`${root}/repositories/a/_uploads`), [])
    await pushBlob(port, 'a', nonce())
    assert.is((await ask(port, 'GET', '/v2/a/manifests/1')).body.toString(), image.bytes)
    await close(1000)
  } finally {
    execFileSync('umount', ['-l', root])
  }
})

test('garbage goes while a registry is served, and nothing else', async () => {
  const { port, root, caretaker, close } = await newRegistry({ graceMs: 0 })
  const [kept, gone] = [await pushImage(port, 'a/x', 'kept', nonce()), await pushImage(port, 'a/x', 'gone', nonce())]
  const shared = await pushImage(port, 'b', '1', nonce())
  const loose = await pushBlob(port, 'a/x', nonce())
  await ask(port, 'DELETE', `/v2/a/x/manifests/${gone.digest}`)
  await sleep(20)
  const collected = await caretaker.round()
  assert.is(collected?.blobs.length, 4) // manifest, config, layer, and the loose one
  assert.is((await ask(port, 'HEAD', `/v2/a/x/blobs/${loose}`)).status, 404)
  for (const [name, { bytes }] of [
    ['a/x', kept],
    ['b', shared],
  ] as const) {
    const { config, layers } = JSON.parse(bytes)
    for (const { digest } of [config, ...layers]) {
      assert.is((await ask(port, 'GET', `/v2/${name}/blobs/${digest}`)).status, 200)
    }
  }
  assert.is(fs.readdirSync(`${root}/blobs/sha256`).length, 6)
  await sleep(20)
  assert.equal(await caretaker.round(), { manifests: [], links: [], blobs: [] })
  await close(1000)
})

test('what a push was told is there stays when garbage is collected meanwhile', async () => {
  const { port, caretaker, close } = await newRegistry({ graceMs: 500 })
  const [config, layer] = [nonce(), nonce()]
  await pushBlob(port, 'a', config)
  await pushBlob(port, 'a', layer)
  const image = imageOf(config, [layer])
  for (let i = 0; i < 4; i++) {
    await sleep(200)
    assert.is((await ask(port, 'HEAD', `/v2/a/blobs/${sha256(layer)}`)).status, 200)
    assert.is((await ask(port, 'HEAD', `/v2/a/blobs/${sha256(config)}`)).status, 200)
    assert.is((await caretaker.round())?.blobs.length, 0)
  }
  assert.is((await putManifest(port, 'a', '1', image.bytes)).status, 201)
  await close(1000)
})

test('pushes of the same image all succeed when garbage is collected all the time', async () => {
  const { port, caretaker, close } = await newRegistry({ graceMs: 0 })
  const seeds = [nonce(), nonce(), nonce()]
  let running = true
  const collecting = (async () => {
    while (running) await caretaker.round()
  })()
  const failures: string[] = []
  const pusher = async (name: string) => {
    for (let i = 0; i < 12; i++) {
      const image = await pushImage(port, name, 't', seeds[i % 3]!).catch(error => {
        // with no grace at all a blob may go before it is named; then the push is told, and nothing is broken
        if (!/MANIFEST_BLOB_UNKNOWN/.test(String(error))) failures.push(String(error))
        return null
      })
      if (image === null) continue
      const { config, layers } = JSON.parse(image.bytes)
      for (const { digest } of [config, ...layers]) {
        const { status, body } = await ask(port, 'GET', `/v2/${name}/blobs/${digest}`)
        const still = await ask(port, 'HEAD', `/v2/${name}/manifests/${image.digest}`)
        if (still.status === 200 && (status !== 200 || sha256(body) !== digest)) failures.push(`${digest}: ${status}`)
      }
      if (i % 4 === 3) await ask(port, 'DELETE', `/v2/${name}/manifests/${image.digest}`)
    }
  }
  await Promise.all(['a', 'b', 'c'].map(pusher))
  running = false
  await collecting
  assert.equal(failures, [])
  await close(1000)
})

test('an untagged image goes when that is asked for, not what an index or a tag still names', async () => {
  const { port, caretaker, close } = await newRegistry({ graceMs: 0, deleteUntagged: true })
  const [old, child, current] = [nonce(), nonce(), nonce()]
  const first = await pushImage(port, 'a', 'latest', old)
  const part = await pushImage(port, 'a', 'child', child)
  const size = Buffer.byteLength(part.bytes)
  const type = 'application/vnd.oci.image.index.v1+json'
  const manifest = 'application/vnd.oci.image.manifest.v1+json'
  const index = JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: manifest, digest: part.digest, size }] })
  await putManifest(port, 'a', 'all', index, {}, type)
  await ask(port, 'DELETE', '/v2/a/manifests/child')
  await pushImage(port, 'a', 'latest', current)
  await sleep(20)
  assert.equal((await caretaker.round())?.manifests, [`a@${first.digest}`])
  assert.is((await ask(port, 'GET', `/v2/a/manifests/${part.digest}`)).status, 200)
  assert.is((await ask(port, 'GET', `/v2/a/manifests/${first.digest}`)).status, 404)
  await close(1000)
})

test('an upload goes when nobody goes on with it', async () => {
  const { port, caretaker, close } = await newRegistry({ uploadMs: 100 })
  const { headers } = await ask(port, 'POST', '/v2/a/blobs/uploads/')
  await caretaker.round()
  assert.is((await ask(port, 'GET', headers.location!)).status, 204)
  await sleep(150)
  await caretaker.round()
  assert.is((await ask(port, 'GET', headers.location!)).code, 'BLOB_UPLOAD_UNKNOWN')
  await close(1000)
})

test('what runs comes to its end when the registry is told to end, and nobody new is served', async () => {
  const { port, root, close } = await newRegistry()
  const bytes = nonce().repeat(1000)
  const request = http.request({
    port,
    method: 'POST',
    path: `/v2/a/blobs/uploads/?digest=${sha256(bytes)}`,
    headers: { 'content-length': bytes.length },
  })
  const status = new Promise<number>((resolve, reject) => {
    request.on('response', response => resolve(response.statusCode!)).on('error', reject)
  })
  request.write(bytes.slice(0, 5000))
  await sleep(100)
  const closed = close(5000)
  await sleep(50)
  const refused = await ask(port, 'GET', '/v2/').catch(error => error.code)
  assert.is(refused, 'ECONNREFUSED')
  request.end(bytes.slice(5000))
  assert.is(await status, 201)
  await closed
  assert.ok(fs.existsSync(`${root}/blobs/sha256/${sha256(bytes).slice(7)}`))
})

test('a registry that is told to end does not wait for clients that keep their connections', async () => {
  const { port, close } = await newRegistry()
  const agent = new http.Agent({ keepAlive: true })
  const at = `/v2/a/blobs/uploads/?digest=${sha256('all')}`
  const request = http.request({ port, agent, method: 'POST', path: at, headers: { 'content-length': 3 } })
  const status = new Promise<number>((resolve, reject) => {
    request.on('response', response => resolve(response.resume().statusCode!)).on('error', reject)
  })
  request.write('a')
  await sleep(50)
  const begin = Date.now()
  const closed = close(20_000)
  request.end('ll')
  assert.is(await status, 201)
  await closed
  assert.ok(Date.now() - begin < 10_000, `${Date.now() - begin} ms`)
  agent.destroy()
})

test('each request is a line of JSON without secrets, and is counted', async () => {
  const lines: string[] = []
  const { port, root, close } = await newRegistry({ log: accessLog('json', text => lines.push(text)) })
  await ask(port, 'GET', '/v2/a/tags/list?x=\u001b[31m'.replace('\u001b', '%1b'), { user: 'ann:secret' })
  await pushBlob(port, 'a', 'x'.repeat(3000)) // it comes together with its header
  await sleep(20)
  assert.is(lines.length, 2)
  assert.ok(JSON.parse(lines[1]!).in > 3000, lines[1])
  const line = JSON.parse(lines[0]!)
  assert.equal([line.method, line.status, line.repository, line.resource], ['GET', 404, 'a', 'tags'])
  assert.not.match(lines[0]!, /secret|YW5u/)
  const metrics = (await ask(port, 'GET', '/metrics')).body.toString()
  assert.match(metrics, 'registry_http_requests_total{method="GET",resource="tags",status="404"} 1')
  for (const text of metrics.trim().split('\n'))
    assert.match(text, /^# TYPE \w+ (?:counter|gauge|histogram)$|^\w+(?:\{[^}]*\})? [\d.e+-]+$/)
  assert.equal((await ask(port, 'GET', '/healthz')).json, { status: 'ok' })
  fs.rmdirSync(`${root}/tmp`)
  const ill = await ask(port, 'GET', '/healthz')
  assert.equal([ill.status, ill.json], [503, { status: 'storage unavailable' }])
  await close(1000)
})

test('a second registry is refused when one serves the directory', async () => {
  const { root, close } = await newRegistry()
  let message = ''
  await newRegistry({}, root).catch(error => (message = error.message))
  assert.match(message, 'is in use by another process')
  await close(1000)
  await (await newRegistry({}, root)).close(1000)
})

test.run()
