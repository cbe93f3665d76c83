import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Import, importsOf, loadedWith, sources } from '#support/imports'
import { readSource } from '#support/repository'

/** What each part of core may import, itself and `core/errors` aside. A part that has no row is no part. */
const below: Readonly<Record<string, readonly string[]>> = {
  'core/errors': [],
  'core/sys': [],
  'core/spec': ['core/sys'],
  'core/plan': ['core/spec', 'core/sys'],
  'core/chapter': ['core/plan', 'core/spec'],
  'core/rootfs': ['core/spec', 'core/sys'],
  'core/exec': ['core/plan', 'core/spec', 'core/sys'],
  'core/doctor': ['core/exec', 'core/plan', 'core/spec', 'core/sys', 'core/rootfs'],
  'core/cli': [
    'core/chapter',
    'core/doctor',
    'core/exec',
    'core/lab',
    'core/plan',
    'core/rootfs',
    'core/spec',
    'core/sys',
  ],
  'core/lab': ['core/chapter', 'core/plan', 'core/spec'],
}

/** `core/plan/step.ts` → `core/plan`, `core/errors.ts` → `core/errors`. */
const partOf = (file: string): string => file.split('/').slice(0, 2).join('/').replace(/\.ts$/, '')
/** `chapters/ch2-namespaces/run.ts` → 2; 0 for what belongs to no chapter. */
const chapterOf = (file: string): number => Number(/^chapters\/ch(\d)-/.exec(file)?.[1] ?? 0)
const within = (file: string, directory: string): boolean => file.startsWith(`${directory}/`)

interface Edge extends Import {
  readonly from: string
}
const edges: readonly Edge[] = sources.flatMap(from => importsOf(from).map(one => ({ ...one, from })))
const inside = edges.flatMap(edge => (edge.file === null ? [] : [{ from: edge.from, to: edge.file }]))

const refuse = (rule: string, wrong: readonly { readonly from: string; readonly to: string }[]): void => {
  assert.equal(
    wrong.map(({ from, to }) => `${from} → ${to}`),
    [],
    rule,
  )
}

test('imports are found when the sources are read', () => {
  assert.ok(sources.length > 80 && inside.length > 300)
  const missing = inside.filter(({ to }) => to.endsWith('.ts') && !sources.includes(to))
  refuse('every import leads to a source', missing)
})

test('core imports only what lies below when its parts are looked at', () => {
  const wrong = inside.filter(({ from, to }) => {
    if (!within(from, 'core')) return false
    const [part, target] = [partOf(from), partOf(to)]
    return part !== target && target !== 'core/errors' && below[part]?.includes(target) !== true
  })
  refuse('core is layered', wrong)
  for (const file of sources.filter(source => within(source, 'core'))) {
    assert.ok(below[partOf(file)] !== undefined, `${file}: core has no such part`)
  }
})

test('a chapter imports another only through its index, and only a lower number, when it does', () => {
  const wrong = inside.filter(({ from, to }) => {
    const [own, other] = [chapterOf(from), chapterOf(to)]
    if (own === 0 || other === own) return false
    return other === 0 ? !within(to, 'core') : other > own || !/^chapters\/ch\d-[a-z]+\/index\.ts$/.test(to)
  })
  refuse('chapters build on earlier ones', wrong)
})

test('only main knows the table of contents, and only that knows chapters, when they are put together', () => {
  const wrong = inside.filter(({ from, to }) => {
    if (to === 'chapters/main.ts') return true
    if (to === 'chapters/toc.ts')
      return !['chapters/main.ts', 'scripts', 'site', 'test'].some(who => from.startsWith(who))
    return from === 'chapters/main.ts' && within(to, 'chapters')
  })
  refuse('one composition root', wrong)
})

test('nothing imports tests, labs or the site when it is part of the tool', () => {
  const wrong = inside.filter(
    ({ from, to }) => ['test', 'site', 'labs'].some(place => within(to, place)) && !within(from, to.split('/')[0]!),
  )
  refuse(
    'tests and labs are leaves',
    // the site is no part of the tool: its reference lists the labs' commands as it does all others
    wrong.filter(({ from, to }) => !within(from, 'test') && !(within(from, 'site') && within(to, 'labs'))),
  )
  const dynamic = edges.filter(
    ({ from, specifier }) => within(from, 'core') && /^(\.\.\/)+(test|labs|site)\//.test(specifier),
  )
  assert.equal(dynamic, [])
})

/** Packages that one file alone may import. */
const owners: Readonly<Record<string, string>> = {
  koffi: 'core/sys/libc.ts',
  chalk: 'core/cli/print.ts',
  commander: 'core/cli/help.ts',
  'tar-stream': 'chapters/ch4-images/archive/tar.ts',
  bcryptjs: 'chapters/ch5-registry/server/auth/htpasswd.ts',
  s3mini: 'chapters/ch5-registry/server/storage/s3-objects.ts',
  undici: 'chapters/ch5-registry/client/http/transport.ts',
}

test('a package has one importer when it is one of ours', () => {
  for (const { from, specifier } of edges) {
    const [name = ''] = specifier.split('/')
    const asPeer = ['tar-stream', 'bcryptjs'].includes(name) && within(from, 'test') // to compare with, and to make what is read
    if (owners[name] !== undefined && !asPeer) assert.is(from, owners[name], specifier)
  }
})

test('core and chapters import no other package when the tool is shipped', () => {
  const wrong = edges.filter(
    ({ from, file, specifier }) =>
      (within(from, 'core') || within(from, 'chapters')) &&
      file === null &&
      !specifier.startsWith('node:') &&
      owners[specifier] === undefined,
  )
  assert.equal(
    wrong.map(({ from, specifier }) => `${from} → ${specifier}`),
    [],
  )
})

test('imports across folders go by # when they leave core or a chapter', () => {
  const wrong = edges.filter(({ from, specifier }) => {
    if (!specifier.startsWith('../') || within(from, 'test') || within(from, 'site')) return false
    if (within(from, 'chapters')) return specifier.includes('core/')
    return partOf(from) !== partOf(importsOf(from).find(one => one.specifier === specifier)?.file ?? '')
  })
  assert.equal(
    wrong.map(({ from, specifier }) => `${from} → ${specifier}`),
    [],
  )
})

test('no file imports itself by a detour when values are loaded', () => {
  const loaded = new Map(sources.map(file => [file, loadedWith(file)]))
  const circles = sources.filter(file => !within(file, 'test')).flatMap(file => loaded.get(file)!.get(file) ?? [])
  assert.equal(circles, [])
})

const packages = ['chalk', 'commander', 'node:child_process']
const files = ['core/cli/print.ts', 'core/cli/help.ts', 'core/exec/koffi.ts']

test('a run loads neither chalk nor commander nor the rest of the book when all goes well', () => {
  for (const file of ['chapters/main.ts', 'chapters/ch1-chroot/cli.ts', 'chapters/ch2-namespaces/cli.ts']) {
    const loaded = loadedWith(file)
    for (const heavy of [...packages, ...files]) {
      assert.is(loaded.get(heavy), undefined, `${file} loads ${heavy}`)
    }
  }
  const main = [...loadedWith('chapters/main.ts').keys()]
  assert.not(
    main.some(name => /^chapters\/ch\d/.test(name)),
    'a chapter is loaded when it is asked for',
  )
})

test("what a toy of the site loads of the chapters needs nothing of Node's when a browser loads it", () => {
  const toys = sources.filter(file => within(file, 'site/.vitepress/theme'))
  assert.ok(toys.some(file => loadedWith(file).has('chapters/ch5-registry/client/transfer/after-upload.ts')))
  for (const file of toys) {
    for (const [name, way] of loadedWith(file)) assert.not.match(name, /^node:/, way)
  }
})

test('the pure core names no chapter when it speaks of any', () => {
  const pure = sources.filter(file => ['core/plan', 'core/spec', 'core/sys'].some(place => within(file, place)))
  for (const file of pure) {
    const code = readSource(file)
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/\/\/.*$/gm, '')
    assert.not.match(code, /\bch[1-7]\b/, file)
  }
})

test.run()
