import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mediaTypes } from '#core/spec/image'
import { ask, descriptorOf, imageOf, newRegistry, pushBlob, pushImage, putManifest, sha256 } from '#support/registry'
import { nonce } from '#support/world'

const registry = await newRegistry()
const { port } = registry

test('a manifest has its bytes, type and digest when it is pulled by tag and by digest', async () => {
  const { bytes, digest } = await pushImage(port, 'a/b', 'v1', nonce())
  for (const reference of ['v1', digest]) {
    const got = await ask(port, 'GET', `/v2/a/b/manifests/${reference}`, { headers: { accept: mediaTypes.manifest } })
    assert.equal([got.status, got.body.toString()], [200, bytes])
    assert.equal([got.headers['content-type'], got.headers['docker-content-digest']], [mediaTypes.manifest, digest])
    const head = await ask(port, 'HEAD', `/v2/a/b/manifests/${reference}`)
    assert.equal(
      [head.status, head.headers['content-length'], head.headers['docker-content-digest']],
      [200, String(bytes.length), digest],
    )
  }
  const docker = { headers: { accept: mediaTypes.dockerManifest } }
  assert.is((await ask(port, 'GET', '/v2/a/b/manifests/v1', docker)).code, 'MANIFEST_UNKNOWN')
  const any = { headers: { accept: `${mediaTypes.dockerManifest}, */*;q=0.1` } }
  assert.is((await ask(port, 'GET', '/v2/a/b/manifests/v1', any)).status, 200)
})

test('a manifest is refused when what it needs is not there, or not as it says', async () => {
  const [config, layer] = [nonce(), nonce()]
  await pushBlob(port, 'needs', config)
  const image = imageOf(config, [layer])
  assert.is((await putManifest(port, 'needs', 'x', image.bytes)).code, 'MANIFEST_BLOB_UNKNOWN')
  await pushBlob(port, 'elsewhere', layer) // that is no help
  assert.is((await putManifest(port, 'needs', 'x', image.bytes)).code, 'MANIFEST_BLOB_UNKNOWN')
  await pushBlob(port, 'needs', layer)
  const wrongSize = image.bytes.replace(/"size":\d+\}\]/, '"size":1}]')
  assert.is((await putManifest(port, 'needs', 'x', wrongSize)).code, 'MANIFEST_INVALID')
  assert.is((await putManifest(port, 'needs', sha256(nonce()), image.bytes)).code, 'DIGEST_INVALID')
  assert.is((await ask(port, 'GET', '/v2/needs/tags/list')).code, 'NAME_UNKNOWN')
  assert.is((await putManifest(port, 'needs', image.digest, image.bytes)).status, 201)
  assert.equal((await ask(port, 'GET', '/v2/needs/tags/list')).json, { name: 'needs', tags: [] })
})

test('a manifest needs no layer here when that is to be had elsewhere', async () => {
  const config = nonce()
  await pushBlob(port, 'foreign', config)
  const foreign = {
    ...descriptorOf('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'x'),
    urls: ['https://x.test/'],
  }
  const { bytes } = imageOf(config, [], { layers: [foreign] })
  assert.is((await putManifest(port, 'foreign', 'x', bytes)).status, 201)
})

test('what is no manifest is refused, and says why', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['{', mediaTypes.manifest, 'no JSON'],
    ['[]', mediaTypes.manifest, 'no JSON object'],
    ['{"schemaVersion":1}', mediaTypes.manifest, 'schemaVersion'],
    ['{"schemaVersion":2}', mediaTypes.manifest, 'config'],
    ['{"schemaVersion":2}', mediaTypes.index, 'manifests'],
    ['{"schemaVersion":2}', 'text/plain', 'text/plain'],
    [`{"schemaVersion":2,"mediaType":"${mediaTypes.index}"}`, mediaTypes.manifest, 'Content-Type'],
    ['{"schemaVersion":2,"manifests":[],"layers":[]}', mediaTypes.index, 'layers'],
    [
      '{"schemaVersion":2,"manifests":[{"digest":"sha256:../../x","size":1,"mediaType":"x"}]}',
      mediaTypes.index,
      'digest',
    ],
    ['{"schemaVersion":2,"manifests":[{"size":1e99}]}', mediaTypes.index, 'digest'],
    ['\xff', mediaTypes.index, 'JSON'],
  ]
  for (const [bytes, type, why] of cases) {
    const { code, status, json } = await putManifest(port, 'bad', 'x', bytes, {}, type)
    assert.equal([status, code], [400, 'MANIFEST_INVALID'], bytes)
    assert.match(json.errors[0].message, why)
  }
  const large = await putManifest(port, 'bad', 'x', ' '.repeat((4 << 20) + 1))
  assert.is(large.status, 413)
  assert.is((await putManifest(port, 'bad', '.x', '{}')).code, 'TAG_INVALID')
})

test('an index is taken when its manifests are there, and when they are not', async () => {
  const image = await pushImage(port, 'multi', 'one', nonce())
  const absent = descriptorOf(mediaTypes.manifest, nonce())
  const manifests = [descriptorOf(mediaTypes.manifest, image.bytes), absent]
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })
  assert.is((await putManifest(port, 'multi', 'all', bytes, {}, mediaTypes.index)).status, 201)
  assert.is((await ask(port, 'GET', '/v2/multi/manifests/all')).body.toString(), bytes)
})

test('a tag goes alone, and a manifest with its tags, when they are deleted', async () => {
  const image = await pushImage(port, 'gone', 'a', nonce())
  for (const tag of ['b', 'c']) await putManifest(port, 'gone', tag, image.bytes)
  assert.is((await ask(port, 'DELETE', '/v2/gone/manifests/a')).status, 202)
  assert.is((await ask(port, 'DELETE', '/v2/gone/manifests/a')).code, 'MANIFEST_UNKNOWN')
  assert.is((await ask(port, 'GET', `/v2/gone/manifests/${image.digest}`)).status, 200)
  assert.is((await ask(port, 'DELETE', `/v2/gone/manifests/${image.digest}`)).status, 202)
  assert.equal((await ask(port, 'GET', '/v2/gone/tags/list')).json.tags, [])
  assert.is((await ask(port, 'GET', '/v2/gone/manifests/b')).code, 'MANIFEST_UNKNOWN')
})

test('tags and repositories come in pages that lead to all of them', async () => {
  const image = await pushImage(port, 'paged', 't0', nonce())
  const all = ['A', 'a', ...Array.from({ length: 23 }, (_, i) => `t${i}`)].sort()
  for (const tag of all) await putManifest(port, 'paged', tag, image.bytes)
  assert.equal((await ask(port, 'GET', '/v2/paged/tags/list')).json.tags, all)
  const found: string[] = []
  let next: string | undefined = '/v2/paged/tags/list?n=7'
  while (next !== undefined) {
    const { json, headers } = await ask(port, 'GET', next)
    found.push(...json.tags)
    next = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1]
  }
  assert.equal(found, all)
  const none = await ask(port, 'GET', '/v2/paged/tags/list?n=0')
  assert.equal([none.json.tags, none.headers.link], [[], undefined])
  assert.is((await ask(port, 'GET', '/v2/paged/tags/list?n=x')).code, 'PAGINATION_NUMBER_INVALID')
  const catalog = await ask(port, 'GET', '/v2/_catalog?n=1&last=multi')
  assert.equal(catalog.json.repositories, ['needs'])
  assert.match(String(catalog.headers.link), /last=needs/)
})

test('referrers are told of their subject, before and after it comes, until they go', async () => {
  const subject = imageOf('{}', [])
  const about = { subject: descriptorOf(mediaTypes.manifest, subject.bytes), annotations: { note: nonce() } }
  const at = `/v2/refs/referrers/${subject.digest}`
  assert.equal((await ask(port, 'GET', at)).json, { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
  await pushBlob(port, 'refs', '{}')
  const made = [
    imageOf('{}', [], { ...about, artifactType: 'application/x.sbom' }),
    imageOf('{}', [], { ...about, artifactType: 'application/x.signature' }),
    imageOf('{}', [], about),
  ]
  for (const one of made) {
    const answer = await putManifest(port, 'refs', one.digest, one.bytes)
    assert.equal([answer.status, answer.headers['oci-subject']], [201, subject.digest])
  }
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [],
    artifactType: 'application/x.index',
    subject: about.subject,
  })
  await putManifest(port, 'refs', 'index', index, {}, mediaTypes.index)
  const all = await ask(port, 'GET', at)
  assert.is(all.headers['content-type'], mediaTypes.index)
  assert.equal(all.json.manifests.map((one: { artifactType: string }) => one.artifactType).sort(), [
    'application/vnd.oci.image.config.v1+json',
    'application/x.index',
    'application/x.sbom',
    'application/x.signature',
  ])
  const sbom = await ask(port, 'GET', `${at}?artifactType=application/x.sbom`)
  assert.is(sbom.headers['oci-filters-applied'], 'artifactType')
  const [only] = sbom.json.manifests
  assert.equal([only.digest, only.size, only.annotations], [made[0]!.digest, made[0]!.bytes.length, about.annotations])
  const found: string[] = []
  let next: string | undefined = `${at}?n=3`
  while (next !== undefined) {
    const { json, headers } = await ask(port, 'GET', next)
    found.push(...json.manifests.map((one: { digest: string }) => one.digest))
    next = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1]
  }
  assert.is(new Set(found).size, 4)
  await ask(port, 'DELETE', `/v2/refs/manifests/${made[0]!.digest}`)
  assert.equal((await ask(port, 'GET', `${at}?artifactType=application/x.sbom`)).json.manifests, [])
})

test('a page of referrers is no longer than a manifest may be, and leads on', async () => {
  const subject = descriptorOf(mediaTypes.manifest, nonce())
  await pushBlob(port, 'long', '{}')
  const digests: string[] = []
  for (let i = 0; i < 5; i++) {
    const image = imageOf('{}', [], { subject, annotations: { note: nonce().repeat(100_000) } }) // 1.6 MB
    assert.is((await putManifest(port, 'long', image.digest, image.bytes)).status, 201)
    digests.push(image.digest)
  }
  const found: string[] = []
  let next: string | undefined = `/v2/long/referrers/${subject.digest}`
  while (next !== undefined) {
    const { json, body, headers } = await ask(port, 'GET', next)
    assert.ok(body.length <= 4 << 20, `${body.length} bytes`)
    found.push(...json.manifests.map((one: { digest: string }) => one.digest))
    next = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1]
  }
  assert.equal(found, digests.sort())
})

test.after(() => registry.close(1000))
test.run()
