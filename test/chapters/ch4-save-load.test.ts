import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as zlib from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { needs } from '#support/needs'
import { Pty } from '#support/pty'
import { type RawEntry, rawHeader, rawTar } from '#support/raw-tar'
import { archiveOf, ch4, imported, listed, oneLine, sha256, storeOf } from '#support/store'
import { newWorld, readOr, until, type World } from '#support/world'

const asRoot = needs('root', 'native')
const world = newWorld()
const digests = async (where: World) =>
  (await listed(where)).map(({ ID, Repository, Tag, Digest }) => [`${Repository}:${Tag}`, ID, Digest]).sort()
const entriesOf = (archive: string): string[] =>
  execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).trim().split('\n')

asRoot(
  'images are the same when they were saved and loaded, plain or compressed, as archive or directory',
  async () => {
    const source = newWorld()
    await imported(source, 'web:1', { a: 'x'.repeat(300_000) }, '-c', 'CMD ["a"]')
    await ch4(source, ['tag', 'web:1', 'lib/web'])
    await ch4(source, ['import', '-q', archiveOf(source, { b: 'b' }, '-z'), 'db'])
    const archive = source.path('all.tar')
    await ch4(source, ['save', '-q', '-o', archive, 'web:1', 'lib/web', 'db'])
    assert.is(fs.statSync(archive).mode & 0o777, 0o600)
    const again = (await run(source, ['ch4', 'save', 'web:1', 'lib/web', 'db'])).output
    assert.ok(again.equals(fs.readFileSync(archive)), 'the same images make the same archive')
    const before = await digests(source)
    execFileSync('sh', [
      '-ec',
      `gzip -k ${archive}; zstd -q ${archive}; mkdir ${archive}.d; tar -C ${archive}.d -xf ${archive}`,
    ])
    for (const form of [archive, `${archive}.gz`, `${archive}.zst`, `${archive}.d`]) {
      const target = newWorld()
      const { stdout, stderr } = await ch4(target, ['load', '-q', '-i', form])
      assert.equal(stdout.trim().split('\n').sort(), [
        'Loaded image: db:latest',
        'Loaded image: lib/web:latest',
        'Loaded image: web:1',
      ])
      assert.is(stderr, '')
      assert.equal(await digests(target), before, form)
      assert.match((await ch4(target, ['verify'])).stdout, /^(\S+: whole\n){3}$/)
    }
    const target = newWorld()
    await ch4(target, ['load', '-q'], { input: fs.readFileSync(`${archive}.gz`) })
    assert.equal(await digests(target), before)
  },
)

asRoot(
  'an archive holds an image layout and docker’s list when it is saved, or the one that is asked for',
  async () => {
    const source = newWorld()
    const id = (await imported(source, 'web:1', { a: '1' })).slice(7)
    const archive = source.path('a.tar')
    await ch4(source, ['save', '-q', '-o', archive, 'web:1'])
    const names = entriesOf(archive)
    assert.equal(
      names.filter(name => !name.startsWith('blobs/')),
      ['index.json', 'manifest.json', 'oci-layout', 'repositories'],
    )
    const read = (name: string) => JSON.parse(execFileSync('tar', ['-xOf', archive, name], { encoding: 'utf8' }))
    const [item] = read('manifest.json')
    assert.equal([item.Config, item.RepoTags, item.Layers.length], [`blobs/sha256/${id}`, ['web:1'], 1])
    const [entry] = read('index.json').manifests
    assert.is(entry.annotations['io.containerd.image.name'], 'docker.io/library/web:1')
    assert.is(entry.annotations['org.opencontainers.image.ref.name'], '1')
    for (const [format, own] of [
      ['oci', ['index.json', 'oci-layout']],
      ['docker', ['manifest.json', 'repositories']],
    ] as const) {
      await ch4(source, ['save', '-q', '--format', format, '-o', archive, 'web:1'])
      assert.equal(
        entriesOf(archive).filter(name => !name.startsWith('blobs/')),
        own,
      )
      const target = newWorld()
      await ch4(target, ['load', '-q', '-i', archive])
      assert.equal(await digests(target), format === 'oci' ? await digests(source) : await digests(target))
      assert.is((await listed(target))[0]!.ID, `sha256:${id}`)
    }
  },
)

asRoot('save leaves nothing behind when it cannot', async () => {
  const source = newWorld()
  await imported(source, 'web', { a: '1' })
  oneLine(await run(source, ['ch4', 'save', '-o', '/nowhere/a.tar', 'web']), /archive '\/nowhere\/a.tar': ENOENT/)
  oneLine(
    await run(source, ['ch4', 'save', '-o', source.path('x.tar'), 'web', 'nobody']),
    /image 'nobody': is not here/,
  )
  oneLine(
    await run(source, ['ch4', 'save', '-o', source.path('x.tar'), '--format', 'zip', 'web']),
    /--format 'zip': is unknown/,
  )
  assert.equal(
    fs.readdirSync(source.directory).filter(name => name.startsWith('x.tar')),
    [],
  )
})

/** docker save before version 25: a directory a layer, links for layers that it has already. */
function oldArchive(): { readonly entries: RawEntry[]; readonly id: string } {
  const layer = rawTar([{ name: 'file', content: 'hello' }])
  const other = rawTar([{ name: 'other', content: 'more' }])
  const rootfs = { type: 'layers', diff_ids: [sha256(layer), sha256(other), sha256(layer)] }
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Cmd: ['x'] }, rootfs })
  const id = sha256(config).slice(7)
  const Layers = ['aa/layer.tar', 'bb/layer.tar', 'cc/layer.tar']
  return {
    id,
    entries: [
      { name: `${id}.json`, content: config },
      { name: 'aa/', type: '5' },
      { name: 'aa/VERSION', content: '1.0' },
      { name: 'aa/layer.tar', content: layer },
      { name: 'bb/layer.tar', content: other },
      { name: 'cc/layer.tar', type: '2', link: '../aa/layer.tar' },
      { name: 'manifest.json', content: JSON.stringify([{ Config: `${id}.json`, RepoTags: ['old/one:1'], Layers }]) },
      { name: 'repositories', content: '{}' },
    ],
  }
}

asRoot('docker’s old format is read with its links when it is loaded, and the ID is docker’s', async () => {
  const target = newWorld()
  const { entries, id } = oldArchive()
  const { stdout } = await ch4(target, ['load', '-q'], { input: rawTar(entries) })
  assert.is(stdout, 'Loaded image: old/one:1\n')
  const [image] = await listed(target)
  assert.is(image!.ID, `sha256:${id}`)
  assert.is(JSON.parse((await ch4(target, ['inspect', 'old/one:1'])).stdout)[0].RootFS.Layers.length, 3)
  await ch4(target, ['load', '-q'], { input: rawTar([...entries].reverse()) })
  assert.is((await listed(target)).length, 1)
})

/** An image layout of one platform or several, as entries of an archive. */
function layout(
  architectures: readonly string[],
  change: (entries: Map<string, Buffer>) => void = () => undefined,
): Buffer {
  const entries = new Map<string, Buffer>()
  const put = (bytes: Buffer, mediaType: string) => {
    entries.set(`blobs/sha256/${sha256(bytes).slice(7)}`, bytes)
    return { mediaType, digest: sha256(bytes), size: bytes.length }
  }
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const manifests = architectures.map(architecture => {
    const layer = rawTar([{ name: `for-${architecture}`, content: architecture }])
    const layers = [put(zlib.gzipSync(layer), 'application/vnd.oci.image.layer.v1.tar+gzip')]
    const rootfs = { type: 'layers', diff_ids: [sha256(layer)] }
    const config = put(json({ architecture, os: 'linux', rootfs }), 'application/vnd.oci.image.config.v1+json')
    const type = 'application/vnd.oci.image.manifest.v1+json'
    return {
      ...put(json({ schemaVersion: 2, mediaType: type, config, layers }), type),
      platform: { architecture, os: 'linux' },
    }
  })
  const indexType = 'application/vnd.oci.image.index.v1+json'
  const top =
    manifests.length === 1 ? manifests[0]! : put(json({ schemaVersion: 2, mediaType: indexType, manifests }), indexType)
  const named = { ...top, annotations: { 'org.opencontainers.image.ref.name': 'many:1' } }
  entries.set('index.json', json({ schemaVersion: 2, manifests: [named] }))
  entries.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }))
  change(entries)
  return rawTar([...entries].map(([name, content]) => ({ name, content })))
}

asRoot(
  'an index is kept with all its platforms when it is loaded, and saved with the one that is asked for',
  async () => {
    const source = newWorld()
    await ch4(source, ['load', '-q'], { input: layout(['amd64', 'arm64', 's390x']) })
    assert.is((await ch4(source, ['verify'])).stdout, 'many:1: whole\n')
    assert.is(
      JSON.parse((await ch4(source, ['inspect', '--platform', 'linux/s390x', 'many:1'])).stdout)[0].Architecture,
      's390x',
    )
    const archive = source.path('arm.tar')
    await ch4(source, ['save', '-q', '--platform', 'linux/arm64', '-o', archive, 'many:1'])
    assert.is(entriesOf(archive).filter(name => /sha256\/./.test(name)).length, 3)
    await ch4(source, ['save', '-q', '-o', archive, 'many:1'])
    assert.is(entriesOf(archive).filter(name => /sha256\/./.test(name)).length, 10)
    const target = newWorld()
    await ch4(target, ['load', '-q', '-i', archive])
    assert.equal(await digests(target), await digests(source))
    const one = newWorld()
    await ch4(one, ['load', '-q', '--platform', 'arm64', '-i', archive])
    assert.is(
      JSON.parse((await ch4(one, ['inspect', '--platform', 'arm64', 'many:1'])).stdout)[0].Architecture,
      'arm64',
    )
    oneLine(
      await run(one, ['ch4', 'load', '-q', '--platform', 'linux/riscv64', '-i', archive]),
      /platform 'linux\/riscv64': the image has/,
    )
  },
)

asRoot('a hostile archive is refused in one line and the store is as it was', async () => {
  await imported(world, 'here', { a: '1' })
  await ch4(world, ['prune', '-f'])
  const before = storeOf(world)
  const { entries } = oldArchive()
  const without = (name: string): RawEntry[] => entries.filter(entry => entry.name !== name)
  const manifest = (value: unknown): RawEntry[] => [
    ...without('manifest.json'),
    { name: 'manifest.json', content: typeof value === 'string' ? value : JSON.stringify(value) },
  ]
  const config = entries[0]!.name
  const good = rawTar(entries)
  const oci = (change: (entries: Map<string, Buffer>) => void) => layout(['amd64'], change)
  const blobNames = (all: Map<string, Buffer>): string[] => [...all.keys()].filter(name => name.startsWith('blobs/'))
  const badLayer = (): Buffer => {
    const layer = rawTar([{ name: '../../escaped', content: 'x' }])
    const text = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
    })
    const Layers = ['l.tar']
    return rawTar([
      { name: 'c.json', content: text },
      { name: 'l.tar', content: layer },
      { name: 'manifest.json', content: JSON.stringify([{ Config: 'c.json', RepoTags: ['evil:1'], Layers }]) },
    ])
  }
  const cases: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    nothing: [Buffer.alloc(0), /neither a 'manifest.json' nor an 'index.json'/],
    text: [Buffer.from('x'.repeat(5000)), /is no tar archive, or was changed/],
    'cut in a file': [good.subarray(0, 3000), /it is cut off/],
    'cut gzip': [zlib.gzipSync(good).subarray(0, 500), /gzip data: they are cut short/],
    'bad gzip': [Buffer.concat([zlib.gzipSync(good).subarray(0, 200), Buffer.alloc(300, 7)]), /is no tar archive|gzip/],
    'no layer': [rawTar(without('bb/layer.tar')), /'bb\/layer.tar' is missing/],
    'no config': [rawTar(without(config)), /is missing/],
    'list of text': [rawTar(manifest('"x"')), /'manifest.json' is no list/],
    'no JSON': [rawTar(manifest('[{')), /'manifest.json' is no JSON/],
    'odd items': [rawTar(manifest([{ Config: 1 }])), /is none of docker save/],
    'fewer layers': [rawTar(manifest([{ Config: config, RepoTags: [], Layers: [] }])), /names 3 layers, not 0/],
    'other layers': [
      rawTar(manifest([{ Config: config, Layers: ['aa/layer.tar', 'aa/layer.tar', 'aa/layer.tar'] }])),
      /has the digest sha256/,
    ],
    'bad name': [
      rawTar(
        manifest([
          { Config: config, RepoTags: ['../../etc:1'], Layers: ['aa/layer.tar', 'bb/layer.tar', 'cc/layer.tar'] },
        ]),
      ),
      /image name/,
    ],
    'a path': [rawTar(manifest([{ Config: '../../../../etc/passwd', Layers: [] }])), /is missing/],
    'links in a circle': [
      rawTar([{ name: 'aa/layer.tar', type: '2', link: '../cc/layer.tar' }, ...without('aa/layer.tar')]),
      /too many links/,
    ],
    'link out': [
      rawTar([...without('bb/layer.tar'), { name: 'bb/layer.tar', type: '2', link: '/etc/passwd' }]),
      /'bb\/layer.tar' is missing/,
    ],
    'twice, differing': [
      rawTar([...entries, { name: 'bb/layer.tar', content: 'other' }]),
      /has 'bb\/layer.tar' twice, and they differ/,
    ],
    'huge document': [rawTar([{ name: 'manifest.json', content: Buffer.alloc(5 << 20, 32) }]), /is no document then/],
    'huge header': [
      Buffer.concat([rawHeader({ name: 'x', type: 'x', size: 2 ** 33 - 1 }), Buffer.alloc(12 << 20, 65)]),
      /header of more than/,
    ],
    'wrong digest': [
      oci(all => void all.set(blobNames(all)[0]!, Buffer.from('other'))),
      /its bytes have the digest sha256/,
    ],
    'missing blob': [oci(all => void all.delete(blobNames(all)[0]!)), /blob sha256:[0-9a-f]{64} is missing/],
    'no manifests': [oci(all => void all.set('index.json', Buffer.from('{}'))), /'index.json' has no manifests/],
    'odd descriptor': [
      oci(all => void all.set('index.json', Buffer.from('{"manifests":[{"digest":"sha256:../x"}]}'))),
      /descriptor that is none/,
    ],
    'a layer that climbs out': [badLayer(), /escaped/],
  }
  for (const [name, [input, pattern]] of Object.entries(cases)) {
    const result = await run(world, ['ch4', 'load', '-q'], { input, seconds: 60 })
    assert.is(result.code, 125, `${name}: ${result.stdout}${result.stderr}`)
    oneLine(result, pattern)
    assert.equal(storeOf(world), before, name)
  }
  assert.not(fs.existsSync(`${world.data}/escaped`))
})

asRoot('progress is drawn on a terminal, told in lines elsewhere, and not at all with --quiet', async () => {
  const source = newWorld()
  await imported(source, 'web', { a: 'x'.repeat(3_000_000) })
  const archive = source.path('web.tar')
  const { stderr } = await ch4(source, ['save', '-o', archive, 'web'])
  assert.match(stderr, /^([0-9a-f]{12}: Saved\n){3}$/)
  const pty = new Pty({ rows: 24, columns: 100 })
  const { done } = start(source, ['ch4', 'load', '-i', archive], { stdio: [pty.slave, pty.slave, pty.slave] })
  assert.is((await done).code, 0)
  await until('the terminal has shown all', () => pty.text.includes('Loaded image'))
  pty.close()
  assert.match(pty.text, /[0-9a-f]{12}: Loading layer \[[=>]* *\] [\d.]+k?M?B\/3\.\d+MB/)
  assert.match(pty.text, /Loaded layer/)
  assert.match(pty.text, /Loaded image: web:latest/)
  oneLine(await run(source, ['ch4', 'load', '-i', '/nowhere.tar']), /archive '\/nowhere.tar': ENOENT/)
})

asRoot('memory stays flat when a large layer is saved and loaded', async () => {
  const source = newWorld()
  const directory = source.path()
  fs.mkdirSync(directory)
  execFileSync('sh', [
    '-ec',
    `head -c 200M /dev/urandom > ${directory}/big; tar -C ${directory} -cf ${directory}.tar .; rm -r ${directory}`,
  ])
  /** KiB; VmHWM of proc_pid_status(5) for as long as it lives. */
  const peakOf = async (args: readonly string[]): Promise<number> => {
    const running = start(source, ['ch4', ...args], { seconds: 120 })
    let peak = 0
    const looking = setInterval(() => {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readOr('', `/proc/${running.pid}/status`))?.[1] ?? 0))
    }, 5)
    const { code, stderr } = await running.done
    clearInterval(looking)
    assert.is(code, 0, stderr)
    return peak
  }
  await ch4(source, ['import', '-q', `${directory}.tar`, 'big'], { seconds: 120 })
  const saving = await peakOf(['save', '-q', '-o', `${directory}.saved`, 'big'])
  const loading = await peakOf(['load', '-q', '-i', `${directory}.saved`])
  assert.ok(saving < 150_000 && loading < 150_000, `save ${saving} KiB, load ${loading} KiB`)
  console.log(`\npeak memory of a 200 MB layer: save ${saving >> 10} MiB, load ${loading >> 10} MiB`)
})

test.run()
