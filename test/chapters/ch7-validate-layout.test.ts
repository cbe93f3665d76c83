import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { viewOf } from '#chapters/ch7-oci/validate/layout'
import { withLayers } from '#chapters/ch7-oci/validate/read-layers'
import { readLayout, withUnpacked } from '#chapters/ch7-oci/validate/read-layout'
import { broken, type Finding } from '#chapters/ch7-oci/validate/rule'
import { layoutRules } from '#chapters/ch7-oci/validate/rules-layout'
import { type RawEntry, rawTar } from '#support/raw-tar'
import { changed, inWords, type Json, sha256, unmatched } from '#support/validate'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'validate-layout-'))
test.after(() => fs.rmSync(scratch, { recursive: true }))

/** What a layout is made of, before it is written. */
interface Made {
  /** Files by their place. */
  readonly files: Map<string, Buffer | string>
  readonly manifestFile: string
  readonly configFile: string
}

interface Wish {
  readonly layers?: readonly Buffer[]
  /** Digests of uncompressed archives, if not the right ones. */
  readonly diffIds?: readonly string[]
  readonly changeManifest?: (manifest: Json) => Json
  readonly changeConfig?: (config: Json) => Json
  readonly changeIndex?: (index: Json) => Json
}

const archive = (...entries: readonly RawEntry[]): Buffer => rawTar(entries)
const one = archive({ name: './', type: '5' }, { name: 'a', content: 'x' }, { name: '.wh.b' })
const oci = 'application/vnd.oci.image'

function layoutOf({ layers = [one], diffIds, changeManifest, changeConfig, changeIndex }: Wish = {}): Made {
  const files = new Map<string, Buffer | string>()
  const add = (bytes: Buffer | string): string => {
    const file = `blobs/${sha256(bytes).replace(':', '/')}`
    files.set(file, bytes)
    return file
  }
  const described = (mediaType: string, bytes: Buffer | string): Json => {
    add(bytes)
    return { mediaType, digest: sha256(bytes), size: Buffer.byteLength(bytes) }
  }
  const rootfs = { type: 'layers', diff_ids: diffIds ?? layers.map(sha256) }
  const config = { architecture: 'amd64', os: 'linux', rootfs }
  const configText = JSON.stringify(changeConfig?.(config) ?? config)
  const manifest = {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: described(`${oci}.config.v1+json`, configText),
    layers: layers.map(layer => described(`${oci}.layer.v1.tar+gzip`, gzipSync(layer))),
  }
  const manifestText = JSON.stringify(changeManifest?.(manifest) ?? manifest)
  const platform = { architecture: 'amd64', os: 'linux' }
  const index = {
    schemaVersion: 2,
    mediaType: `${oci}.index.v1+json`,
    manifests: [{ ...described(`${oci}.manifest.v1+json`, manifestText), platform }],
  }
  files.set('index.json', JSON.stringify(changeIndex?.(index) ?? index))
  files.set('oci-layout', '{"imageLayoutVersion":"1.0.0"}')
  return { files, manifestFile: add(manifestText), configFile: add(configText) }
}

let count = 0
function writtenTo({ files }: Made): string {
  const directory = path.join(scratch, `${count++}`)
  fs.mkdirSync(path.join(directory, 'blobs'), { recursive: true })
  for (const [name, bytes] of files) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), bytes)
  }
  return directory
}

async function toldIn(directory: string): Promise<Finding[]> {
  const { view, findings } = viewOf(readLayout(directory))
  return [...findings, ...broken(layoutRules, await withLayers(view, directory))]
}
const told = (made: Made): Promise<Finding[]> => toldIn(writtenTo(made))

const without = (made: Made, name: string): Made => ({
  ...made,
  files: new Map([...made.files].filter(([file]) => file !== name)),
})
const withFile = (made: Made, name: string, bytes: string): Made => ({
  ...made,
  files: new Map([...made.files, [name, bytes]]),
})
const layerIn = (made: Made): string => {
  const { layers } = JSON.parse(String(made.files.get(made.manifestFile))) as { layers: { digest: string }[] }
  return `blobs/${layers[0]!.digest.replace(':', '/')}`
}

const whole = layoutOf()
const several = layoutOf({ layers: [one, archive({ name: 'other', content: 'y' })] })

/** For each rule a layout that breaks it, and where it is told. */
const cases: Readonly<Record<string, readonly [Made | (() => string), file: (made: Made) => string, at: string]>> = {
  'layout-marker': [without(whole, 'oci-layout'), () => 'oci-layout', ''],
  'layout-index': [without(whole, 'index.json'), () => 'index.json', ''],
  'layout-blobs': [
    () => {
      const directory = writtenTo(whole)
      fs.rmSync(path.join(directory, 'blobs'), { recursive: true })
      return directory
    },
    () => 'blobs',
    '',
  ],
  'blob-name': [withFile(whole, 'blobs/sha256/with space', ''), () => 'blobs/sha256/with space', ''],
  'blob-digest': [withFile(whole, `blobs/sha256/${'0'.repeat(64)}`, 'x'), () => `blobs/sha256/${'0'.repeat(64)}`, ''],
  'blob-missing': [without(whole, layerIn(whole)), made => made.manifestFile, 'layers[0]'],
  'blob-size': [
    layoutOf({ changeManifest: json => changed(json, 'layers[0].size', 5) }),
    made => made.manifestFile,
    'layers[0].size',
  ],
  'blob-media-type': [
    layoutOf({ changeManifest: json => changed(json, 'mediaType', `${oci}.index.v1+json`) }),
    () => 'index.json',
    'manifests[0].mediaType',
  ],
  'image-layers': [layoutOf({ diffIds: [] }), made => made.configFile, 'rootfs.diff_ids'],
  'image-platform': [
    layoutOf({ changeConfig: json => ({ ...json, architecture: 'arm64' }) }),
    made => made.configFile,
    'architecture',
  ],
  'layer-archive': [layoutOf({ layers: [Buffer.from('no archive at all')] }), made => made.manifestFile, 'layers[0]'],
  'layer-compression': [
    layoutOf({ changeManifest: json => changed(json, 'layers[0].mediaType', `${oci}.layer.v1.tar`) }),
    made => made.manifestFile,
    'layers[0]',
  ],
  'layer-diff-id': [layoutOf({ diffIds: [sha256('other')] }), made => made.manifestFile, 'layers[0]'],
  'layer-path-twice': [
    layoutOf({ layers: [archive({ name: 'a', content: '1' }, { name: './a', content: '2' })] }),
    made => made.manifestFile,
    'layers[0]',
  ],
  'layer-whiteout': [layoutOf({ layers: [archive({ name: 'etc/.wh.' })] }), made => made.manifestFile, 'layers[0]'],
}

test('nothing is told of a layout when it is whole', async () => {
  for (const made of [whole, several]) assert.equal(inWords(await told(made)), [])
})

test('every rule about a layout has a case when the table is read', () => {
  assert.equal(unmatched(layoutRules, cases), [])
  for (const { level, rule } of layoutRules) assert.ok(rule.startsWith(`${level} `) && !rule.endsWith('.'), rule)
})

for (const [id, [made, file, at]] of Object.entries(cases)) {
  test(`${id} is told at its file and place when a layout breaks it`, async () => {
    const findings = typeof made === 'function' ? await toldIn(made()) : await told(made)
    const own = findings.filter(found => found.id === id).map(found => `${found.file} ${found.at}`)
    const expected = `${file(typeof made === 'function' ? whole : made)} ${at}`
    assert.equal(own, [expected], inWords(findings).join('\n'))
  })
}

test('one bit of a layer changes what is told when it is flipped', async () => {
  const directory = writtenTo(whole)
  const file = path.join(directory, layerIn(whole))
  const bytes = fs.readFileSync(file)
  for (const place of [0, 20, bytes.length - 1]) {
    const other = Buffer.from(bytes)
    other[place]! ^= 1
    fs.writeFileSync(file, other)
    const ids = (await toldIn(directory)).map(({ id }) => id)
    assert.ok(ids.includes('blob-digest'), `${place}: ${ids}`)
  }
})

test('documents that a layout leads to are held against their rules when they are read', async () => {
  const made = layoutOf({ changeConfig: json => ({ ...json, config: { Env: ['X'] } }) })
  const findings = await told(made)
  assert.equal(
    findings.map(({ id, file, at }) => [id, file, at]),
    [['config-env', made.configFile, 'config.Env[0]']],
  )
})

test('an index that leads to itself is read once when its circle is closed', async () => {
  const text = JSON.stringify({ schemaVersion: 2, manifests: [] })
  const made = layoutOf({
    changeIndex: json => ({
      ...json,
      manifests: [1, 2].map(() => ({ mediaType: `${oci}.index.v1+json`, digest: sha256(text), size: text.length })),
    }),
  })
  const findings = await told(withFile(made, `blobs/${sha256(text).replace(':', '/')}`, text))
  assert.equal(
    findings.map(({ id }) => id),
    ['media-type-there'],
  )
})

test('an archive is read as the directory is when it holds the same files', async () => {
  const entries = [...whole.files].map(([name, content]) => ({ name: `./${name}`, content }))
  const file = path.join(scratch, 'layout.tar')
  const inArchive = async (all: readonly RawEntry[]) => {
    fs.writeFileSync(file, rawTar(all))
    const fd = fs.openSync(file, 'r')
    try {
      return inWords(await withUnpacked(fd, file, toldIn))
    } finally {
      fs.closeSync(fd)
    }
  }
  const before = fs.readdirSync(os.tmpdir()).filter(name => name.startsWith('mini-docker-layout-'))
  assert.equal(await inArchive(entries), [])
  const away = { name: '../../../../../../tmp/validate-layout-escaped', content: 'x' }
  const link = { name: 'blobs', type: '2', link: '/tmp' }
  assert.equal(await inArchive([link, away, { name: 'blobs/../escaped', content: 'x' }, ...entries]), [])
  assert.not(fs.existsSync('/tmp/validate-layout-escaped'))
  assert.is((await inArchive(entries.slice(1))).length > 0, true)
  const after = fs.readdirSync(os.tmpdir()).filter(name => name.startsWith('mini-docker-layout-'))
  assert.equal(after, before, 'what was unpacked is gone')
})

test.run()
