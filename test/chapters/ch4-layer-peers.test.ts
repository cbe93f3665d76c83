import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import * as tarStream from 'tar-stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '#chapters/ch4-images/layer/entry'
import { encodeName } from '#chapters/ch4-images/layer/name'
import { packLayer } from '#chapters/ch4-images/layer/pack'
import { applyTo, entry, readAll, written } from '#support/archives'
import { needs } from '#support/needs'
import { look, makeTree, trees } from '#support/trees'
import { newWorld } from '#support/world'

const world = newWorld()

/** A tree of everything, with odd names and long ones. */
function everything(): string {
  const root = world.directoryOf({
    file: 'content',
    'sub/deep/file': 'x'.repeat(2000),
    empty: '',
    'new\nline': 'n',
    'sp ace': 's',
  })
  const long = `${'l'.repeat(90)}/${'o'.repeat(90)}/${'n'.repeat(90)}`
  fs.mkdirSync(`${root}/${long}`, { recursive: true })
  fs.writeFileSync(`${root}/${long}/${'g'.repeat(110)}`, 'long')
  fs.writeFileSync(Buffer.from(`${root}/\xff\xfe`, 'latin1'), 'bytes')
  fs.writeFileSync(`${root}/世界é`, 'utf8')
  fs.linkSync(`${root}/file`, `${root}/hard`)
  fs.symlinkSync('file', `${root}/link`)
  fs.symlinkSync('t'.repeat(200), `${root}/longlink`)
  execFileSync('mkfifo', [`${root}/fifo`])
  fs.chmodSync(`${root}/empty`, 0o4711)
  fs.chownSync(`${root}/file`, 1234, 5678)
  const fd = fs.openSync(`${root}/sparse`, 'w')
  for (let i = 0; i < 60; i++) fs.writeSync(fd, `piece ${i}`, i * 70_000)
  fs.ftruncateSync(fd, 5_000_000)
  fs.closeSync(fd)
  return root
}

/** Whole seconds, where a format has no others. */
const wholeSeconds = (seen: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(seen).map(([path, line]) => [path, line.replace(/^(\S+ \S+ -?\d+)\d{9} /, '$1 ')]))

/** bsdtar leaves the time of the directory that it unpacks into alone. */
const withoutRoot = ({ '.': _, ...rest }: Readonly<Record<string, string>>): Record<string, string> => rest

function fresh(): string {
  const path = world.path()
  fs.mkdirSync(path)
  return path
}

const sparse = ['0.0', '0.1', '1.0'].map(version => ['--format=pax', '--sparse', `--sparse-version=${version}`])
const tarFormats: readonly (readonly string[])[] = [
  ['--format=gnu'],
  ['--format=oldgnu'],
  ['--format=pax'],
  ['--format=gnu', '--sparse'],
  ['--format=oldgnu', '--sparse'],
  ...sparse,
]

needs(
  'linux',
  'root',
  'tar',
)('we read what GNU tar writes in each of its formats', () => {
  const root = everything()
  for (const format of tarFormats) {
    const bytes = execFileSync('tar', [...format, '-cf', '-', '-C', root, '.'], { maxBuffer: 2 ** 28 })
    const to = fresh()
    applyTo(to, bytes)
    assert.equal(wholeSeconds(look(to)), wholeSeconds(look(root)), format.join(' '))
    if (format.includes('--format=pax')) assert.equal(look(to), look(root), 'to the nanosecond')
    if (format.includes('--sparse')) {
      assert.ok(fs.statSync(`${to}/sparse`).blocks * 512 < 2_000_000, `${format.join(' ')}: its holes are holes`)
    }
    const inPieces = readAll(bytes, 509)
    assert.equal(inPieces, readAll(bytes), 'the same in pieces')
  }
})

needs(
  'linux',
  'root',
  'tar',
)('we read what GNU tar writes as ustar and V7 where those can say it', () => {
  const root = world.directoryOf({ file: 'content', 'sub/deep/file': 'x'.repeat(2000), empty: '' })
  fs.symlinkSync('file', `${root}/link`)
  fs.linkSync(`${root}/file`, `${root}/hard`)
  const path = `${root}/${'p'.repeat(60)}/${'q'.repeat(60)}`
  for (const format of ['v7', 'ustar']) {
    if (format === 'ustar') fs.mkdirSync(path, { recursive: true })
    const to = fresh()
    applyTo(to, execFileSync('tar', [`--format=${format}`, '-cf', '-', '-C', root, '.']))
    assert.equal(wholeSeconds(look(to)), wholeSeconds(look(root)), format)
  }
})

needs(
  'linux',
  'root',
  'tar',
  'setfattr',
)("we read GNU tar's attributes, and it reads ours", async () => {
  const root = world.directoryOf({ file: 'x' })
  for (const [name, value] of [
    ['user.a', 'v'],
    ['user.b=%c', 'w'],
    ['trusted.t', 't'],
  ] as const) {
    execFileSync('setfattr', ['-n', name, '-v', value, `${root}/file`])
  }
  // CAP_NET_RAW, as setcap(8) writes it: revision 2, effective
  execFileSync('setfattr', [
    '-n',
    'security.capability',
    '-v',
    '0x0100000200200000000000000000000000000000',
    `${root}/file`,
  ])
  const options = ['--xattrs', '--xattrs-include=*']
  const [from, to] = [fresh(), fresh()]
  applyTo(from, execFileSync('tar', ['--format=pax', ...options, '-cf', '-', '-C', root, '.']))
  assert.equal(look(from), look(root))
  assert.match(look(root)['./file']!, /security\.capability=0100000200200000/)
  execFileSync('tar', [...options, '-xf', await packed(root), '-C', to])
  assert.equal(look(to), look(root))
})

async function packed(root: string): Promise<string> {
  const path = world.path()
  const out = fs.openSync(path, 'w')
  await packLayer({ root, out, compression: 'none' })
  fs.closeSync(out)
  return path
}

needs(
  'linux',
  'root',
  'tar',
)('GNU tar unpacks the same tree when we packed it', async () => {
  const one = everything()
  const to = fresh()
  execFileSync('tar', ['-xpf', await packed(one), '-C', to, '--same-owner', '--numeric-owner', '--warning=none'])
  assert.equal(look(to), look(one))
  await fc.assert(
    fc.asyncProperty(trees(true), async tree => {
      const [from, into] = [world.path(), fresh()]
      makeTree(from, tree)
      const options = ['--same-owner', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--warning=none']
      execFileSync('tar', ['-xpf', await packed(from), '-C', into, ...options])
      const [seen, wanted] = [look(into), look(from)]
      // of times before 1970 with a fraction GNU tar 1.34 takes the fraction the wrong way round
      const late = (line: string): boolean => !/^\S+ \S+ -/.test(line)
      for (const path of Object.keys(wanted)) if (late(wanted[path]!)) assert.is(seen[path], wanted[path], path)
      assert.equal(Object.keys(seen), Object.keys(wanted))
    }),
    { numRuns: 20 },
  )
})

needs(
  'linux',
  'root',
  'bsdtar',
)('bsdtar and we read each other', async () => {
  const root = everything()
  const to = fresh()
  execFileSync('bsdtar', ['-xpf', await packed(root), '-C', to, '--numeric-owner'])
  assert.equal(withoutRoot(look(to)), withoutRoot(look(root)))
  for (const format of ['pax', 'gnutar']) {
    const [archive, back] = [world.path(), fresh()]
    execFileSync('bsdtar', ['--format', format, '--numeric-owner', '-cf', archive, '-C', root, '.'], { stdio: 'pipe' })
    applyTo(back, fs.readFileSync(archive))
    if (format === 'pax') assert.equal(look(back), look(root))
    else assert.equal(wholeSeconds(look(back)), wholeSeconds(look(root)))
  }
})

const list = `
import sys, tarfile
for m in tarfile.open(sys.argv[1], errors='surrogateescape'):
    name = m.name.encode('utf-8', 'surrogateescape').hex()
    text = m.linkname.encode('utf-8', 'surrogateescape').hex()
    print(name, m.type.decode(), m.mode, m.uid, m.gid, m.size, text)
`

needs('linux', 'python3')("Python's tarfile sees the same entries when we packed them", () => {
  const long = 'd/'.repeat(120)
  const cases: readonly (readonly [Entry, string?])[] = [
    [entry('a', { mode: 0o4755, uid: 3_000_000, gid: 4_294_967_294 }), 'content'],
    [entry('dir', { type: 'directory' })],
    [entry(`${long}f`, { mtime: 1_500_000_000_123_456_789n }), 'x'],
    [entry('é世', { type: 'symlink', target: 'ü'.repeat(80) })],
    [entry('\udcff', { type: 'link', target: 'a' })],
    [entry('c', { type: 'char', device: [4095, 1_048_575] })],
    [entry('p', { type: 'fifo' })],
  ]
  const path = world.path()
  fs.writeFileSync(path, written(...cases))
  const flags = { file: '0', link: '1', symlink: '2', char: '3', block: '4', directory: '5', fifo: '6' } as const
  const hex = (name: string): string => encodeName(name).toString('hex')
  const wanted = cases.map(([one, content = '']) =>
    [hex(one.path), flags[one.type], one.mode, one.uid, one.gid, content.length, hex(one.target ?? '')]
      .join(' ')
      .trim(),
  )
  assert.equal(
    execFileSync('python3', ['-c', list, path], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(line => line.trim()),
    wanted,
  )
})

test('tar-stream gives the same entries and bytes when we packed them', async () => {
  const cases: readonly (readonly [Entry, string?])[] = [
    [entry('a', { mode: 0o4755, uid: 1000, mtime: 5_000_000_000n }), 'content'],
    [entry('dir', { type: 'directory' })],
    [entry(`${'d/'.repeat(120)}f`), 'y'.repeat(100_000)],
    [entry('é世'), ''],
    [entry('l', { type: 'symlink', target: 't'.repeat(150) })],
    [entry('h', { type: 'link', target: 'a' })],
    [entry('x', { xattrs: new Map([['user.a', Buffer.from('1\n2')]]) }), '3'],
  ]
  const extract = tarStream.extract()
  extract.end(written(...cases))
  const seen: unknown[] = []
  for await (const one of extract) {
    const { name, type, mode, uid, size, linkname } = one.header
    seen.push([name.replace(/\/$/, ''), type, mode, uid, size, linkname ?? '', (await buffer(one)).toString()])
  }
  const wanted = cases.map(([one, content = '']) => [
    one.path,
    one.type,
    one.mode,
    one.uid,
    content.length,
    one.target ?? '',
    content,
  ])
  assert.equal(seen, wanted)
})

test('we read what tar-stream writes', async () => {
  const pack = tarStream.pack()
  const long = 'd/'.repeat(140)
  pack.entry({ name: 'a', mode: 0o640, uid: 5, mtime: new Date(1_234_567_000) }, 'content')
  // the types that go with it do not know `pax`
  const withPax = { name: `${long}b`, pax: { 'SCHILY.xattr.user.k': 'v' } }
  pack.entry(withPax, 'x'.repeat(70_000))
  pack.entry({ name: 'l', type: 'symlink', linkname: 'é'.repeat(90) })
  pack.entry({ name: 'dir', type: 'directory' })
  pack.finalize()
  const found = readAll(await buffer(pack))
  assert.equal(
    found.map(({ entry: one, content }) => [one.path, one.type, one.target ?? '', content.length]),
    [
      ['a', 'file', '', 7],
      [`${long}b`, 'file', '', 70_000],
      ['l', 'symlink', 'é'.repeat(90), 0],
      ['dir', 'directory', '', 0],
    ],
  )
  assert.is(found[0]!.entry.mtime, 1_234_567_000_000_000n)
  assert.equal(
    [...found[1]!.entry.xattrs].map(([name, value]) => [name, Buffer.from(value).toString()]),
    [['user.k', 'v']],
  )
})

needs('linux', 'tar')('a file of more than 8 GiB is read and written whole when it is sparse', async () => {
  const size = 9 * 2 ** 30
  const root = world.directoryOf({})
  const fd = fs.openSync(`${root}/big`, 'w')
  fs.writeSync(fd, 'begin', 0)
  fs.writeSync(fd, 'end', size - 3)
  fs.closeSync(fd)
  for (const format of ['gnu', 'pax']) {
    const to = fresh()
    applyTo(to, execFileSync('tar', [`--format=${format}`, '--sparse', '-cf', '-', '-C', root, 'big']))
    const status = fs.statSync(`${to}/big`)
    assert.is(status.size, size, format)
    assert.ok(status.blocks < 1000, format)
    const tail = Buffer.alloc(3)
    const big = fs.openSync(`${to}/big`, 'r')
    fs.readSync(big, tail, 0, 3, size - 3)
    fs.closeSync(big)
    assert.is(tail.toString(), 'end', format)
  }
})

test.run()
