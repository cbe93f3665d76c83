import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allImageRules, inDocument, kindOf } from '#chapters/ch7-oci/validate/find'
import { written } from '#chapters/ch7-oci/validate/json-text'
import type { DocumentKind } from '#chapters/ch7-oci/validate/schema-image'
import {
  type Case,
  changed,
  goodImageConfig,
  goodIndex,
  goodManifest,
  inWords,
  type Json,
  made,
  sha256,
  toldOf,
  unmatched,
} from '#support/validate'

const good: Readonly<Record<DocumentKind, () => Json>> = {
  index: goodIndex,
  manifest: goodManifest,
  config: goodImageConfig,
  descriptor: () => (goodManifest().layers as Json[])[0]!,
  marker: () => ({ imageLayoutVersion: '1.0.0' }),
}

const hex = (length: number, digit = 'a') => digit.repeat(length)
const created = 'org.opencontainers.image.created'
const refName = 'org.opencontainers.image.ref.name'
const baseDigest = 'org.opencontainers.image.base.digest'

/** For each rule a change of a good document that breaks it. */
const cases: Readonly<Record<string, readonly [DocumentKind, Case]>> = {
  'digest-sha256': ['manifest', ['layers[0].digest', ['layers[0].digest', `sha256:${hex(64, 'A')}`]]],
  'digest-sha512': ['manifest', ['subject.digest', ['subject.digest', `sha512:${hex(64)}`]]],
  'digest-blake3': ['descriptor', ['digest', ['digest', `blake3:${hex(63)}`]]],
  'digest-algorithm': ['index', ['manifests[0].digest', ['manifests[0].digest', `sha512:${hex(128)}`]]],
  'url-form': ['manifest', ['layers[0].urls[0]', ['layers[0].urls', ['no address']]]],
  'url-scheme': ['descriptor', ['urls[0]', ['urls', ['ftp://example.com/layer']]]],
  'data-base64': ['manifest', ['config.data', ['config.data', 'e30']]],
  'data-size': ['manifest', ['config.data', ['config.size', 3]]],
  'data-digest': ['manifest', ['config.data', ['config.data', 'W10=']]],
  'annotation-empty-key': ['index', ['annotations[""]', ['annotations', { '': 'x' }]]],
  'annotation-prefix': [
    'config',
    ['config.Labels["org.opencontainers.image.mine"]', ['config.Labels', { 'org.opencontainers.image.mine': '' }]],
  ],
  'annotation-reverse-domain': ['config', ['config.Labels.maintainer', ['config.Labels', { maintainer: 'me' }]]],
  'annotation-created': [
    'manifest',
    [`annotations["${created}"]`, ['annotations', { [created]: '2024-02-30T00:00:00Z' }]],
  ],
  'annotation-base-digest': ['index', [`annotations["${baseDigest}"]`, ['annotations', { [baseDigest]: 'sha256' }]]],
  'annotation-ref-form': ['index', [`annotations["${refName}"]`, ['annotations', { [refName]: 'a..b' }]]],
  'annotation-ref-place': ['manifest', [`annotations["${refName}"]`, ['annotations', { [refName]: 'v1' }]]],
  'media-type-own': ['index', ['mediaType', ['mediaType', 'application/vnd.oci.image.manifest.v1+json']]],
  'media-type-there': ['manifest', ['mediaType', ['mediaType', undefined]]],
  'media-type-docker': [
    'manifest',
    ['mediaType', ['mediaType', 'application/vnd.docker.distribution.manifest.v2+json']],
  ],
  'index-entry-type': ['index', ['manifests[1].mediaType', ['manifests[1].mediaType', 'application/json']]],
  'index-entry-platform': ['index', ['manifests[1].platform', ['manifests[1].platform', undefined]]],
  'platform-os': ['index', ['manifests[0].platform.os', ['manifests[0].platform.os', 'unix']]],
  'platform-architecture': ['config', ['architecture', ['architecture', 'x86_64']]],
  'platform-variant': ['index', ['manifests[0].platform.variant', ['manifests[0].platform.variant', '7']]],
  'platform-features': [
    'index',
    ['manifests[1].platform["os.features"][0]', ['manifests[1].platform["os.features"]', ['win16']]],
  ],
  'manifest-artifact-type': ['manifest', ['artifactType', ['config.mediaType', 'application/vnd.oci.empty.v1+json']]],
  'manifest-config-type': ['manifest', ['config.mediaType', ['config.mediaType', 'application/json']]],
  'manifest-layer-type': ['manifest', ['layers[1].mediaType', ['layers[1].mediaType', 'application/zip']]],
  'layer-nondistributable': [
    'manifest',
    ['layers[1].mediaType', ['layers[1].mediaType', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip']],
  ],
  'config-created': ['config', ['history[0].created', ['history[0].created', 'yesterday']]],
  'config-env': ['config', ['config.Env[0]', ['config.Env', ['PATH']]]],
  'config-port': ['config', ['config.ExposedPorts["70000/tcp"]', ['config.ExposedPorts', { '70000/tcp': {} }]]],
  'config-stop-signal': ['config', ['config.StopSignal', ['config.StopSignal', '9']]],
  'config-args-escaped': ['config', ['config.ArgsEscaped', ['config.ArgsEscaped', true]]],
  'config-diff-id': ['config', ['rootfs.diff_ids[0]', ['rootfs.diff_ids', [`sha256:${hex(10)}`, sha256('two')]]]],
  'config-history': ['config', ['history', ['history[1].empty_layer', false]]],
}

const told = (kind: DocumentKind, json: unknown) => inDocument(written(JSON.stringify(json)), kind, true)

test('nothing is told of a document when it breaks no rule', () => {
  for (const kind of Object.keys(good) as DocumentKind[]) assert.equal(inWords(told(kind, good[kind]())), [], kind)
})

test('every rule about documents of an image has a case when the tables are read', () => {
  assert.equal(unmatched(allImageRules, cases), [])
})

for (const [id, [kind, one]] of Object.entries(cases)) {
  test(`${id} is told at its place when a ${kind} breaks it`, () => {
    const findings = told(kind, made(good[kind](), one))
    assert.ok(toldOf(findings, id).includes(one[0]), inWords(findings).join('\n') || 'nothing was told')
  })
}

test('a rule says how strict it is and where it stands when it is read', () => {
  for (const { id, level, rule, section } of allImageRules) {
    assert.ok(rule.startsWith(`${level} `) && !rule.endsWith('.'), id)
    assert.match(section, /^(descriptor|annotations|manifest|image-index|config|media-types|layer)\.md#[a-z0-9-]+$/, id)
  }
})

test('a document is taken for what it is when nobody says', () => {
  for (const kind of Object.keys(good) as DocumentKind[]) assert.is(kindOf(good[kind]()), kind)
})

test('an optional field of a config counts as away when it is null', () => {
  const all = ['author', 'created', 'history', 'config', 'variant', 'config.Env', 'config.Labels', 'config.Volumes']
  for (const place of all) assert.equal(inWords(told('config', changed(goodImageConfig(), place, null))), [], place)
  assert.equal(toldOf(told('config', changed(goodImageConfig(), 'os', null)), 'shape-type'), ['os'])
  assert.equal(toldOf(told('manifest', changed(goodManifest(), 'layers', null)), 'shape-type'), ['layers'])
})

test('a digest of another algorithm passes when it follows the grammar', () => {
  for (const digest of [
    'multihash+base58:QmRZxt2b1F',
    'sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g=',
    'a.b-c_d+e:x',
  ]) {
    const findings = told('manifest', changed(goodManifest(), 'layers[0].digest', digest))
    assert.ok(
      findings.every(({ level }) => level === 'SHOULD'),
      digest,
    )
  }
  for (const digest of ['sha256', ':aa', 'sha256:', 'SHA256:aa', 'a+-b:aa', 'sha256:a/b']) {
    const findings = told('manifest', changed(goodManifest(), 'layers[0].digest', digest))
    assert.equal(toldOf(findings, 'shape-format'), ['layers[0].digest'], digest)
  }
})

test('a name in an index is in its place when the index is the entry of a layout', () => {
  const place = `manifests[0].annotations["${refName}"]`
  assert.equal(toldOf(inDocument(written(JSON.stringify(goodIndex())), 'index', false), 'annotation-ref-place'), [
    place,
  ])
  assert.equal(inWords(inDocument(written(JSON.stringify(goodIndex())), 'index', true)), [])
})

test.run()
