import { once } from 'node:events'
import * as fs from 'node:fs'
import * as zlib from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unpackLayer } from '#chapters/ch4-images/layer/unpack'
import {
  applyTo,
  archive,
  entry,
  laterRefusal,
  openFds,
  pax,
  type RawHeader,
  raw,
  readAll,
  refusal,
  written,
} from '#support/archives'
import { needs } from '#support/needs'
import { look } from '#support/trees'
import { newWorld } from '#support/world'

const world = newWorld()

/** A root in a directory with a secret beside it. */
function house(): { readonly outside: string; readonly root: string } {
  const outside = world.directoryOf({ secret: 'secret' })
  fs.mkdirSync(`${outside}/root`)
  return { outside, root: `${outside}/root` }
}

/** What is outside of the root, the root's own line aside. */
const around = (outside: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(look(outside)).filter(([path]) => path === './secret' || !path.startsWith('./root')),
  )

function refuses(headers: readonly (RawHeader | Buffer)[], why: RegExp): void {
  const { outside, root } = house()
  const [before, fds] = [around(outside), openFds()]
  const line = refusal(() => applyTo(root, archive(...headers)))
  assert.match(line, why)
  assert.not.match(line, /\n/, 'one line')
  assert.equal(around(outside), before, 'outside is as before')
  assert.is(openFds(), fds, 'no fd is left')
}

function stays(headers: readonly (RawHeader | Buffer)[], files: Readonly<Record<string, string>>): void {
  const { outside, root } = house()
  const before = around(outside)
  applyTo(root, archive(...headers))
  assert.equal(around(outside), before, 'outside is as before')
  for (const [path, text] of Object.entries(files)) assert.is(fs.readFileSync(`${root}/${path}`, 'utf8'), text, path)
}

const onLinux = needs('linux')

onLinux('.. is refused wherever it stands in a path', () => {
  for (const name of ['../evil', 'a/../../evil', 'a/../b', '..', './..', '/../evil', 'a/..']) {
    refuses([{ name, content: 'evil' }], /^layer 'archive': entry '.*' at byte 0: its path has '\.\.'$/)
  }
  refuses([pax(['path', '../evil']), { name: 'good' }], /its path has '\.\.'/)
  refuses([{ name: 'evil', prefix: '..' }], /its path has '\.\.'/)
})

onLinux('absolute names and ./ mean the root when they are unpacked', () => {
  stays(
    [
      { name: '/etc/motd', content: 'in' },
      { name: './/a/./b/', type: '5' },
      { name: '//x', content: 'x' },
    ],
    {
      'etc/motd': 'in',
      x: 'x',
    },
  )
})

onLinux('what names nothing is refused', () => {
  refuses([{ name: '' }], /it has no name/)
  refuses([pax(['path', 'a\0b']), { name: 'a' }], /its name has a NUL byte/)
  refuses([{ name: '.', content: 'x' }], /the root: it cannot be a file/)
  refuses([{ name: 'link', type: '2', link: '' }], /the text of its link is empty/)
})

onLinux('a file through a symlink stays inside when the link leads out', () => {
  for (const link of ['..', '../..', '/', '/..', '../../../../../..']) {
    stays(
      [
        { name: 'out', type: '2', link },
        { name: 'out/written', content: 'inside' },
      ],
      { written: 'inside' },
    )
  }
  const { outside, root } = house()
  refusal(() => applyTo(root, archive({ name: 'out', type: '2', link: outside }, { name: 'out/evil', content: 'x' })))
  assert.equal(fs.readdirSync(outside).sort(), ['root', 'secret'])
})

onLinux('a symlink is replaced, not followed, when a file of its name comes', () => {
  const { outside, root } = house()
  applyTo(root, archive({ name: 'l', type: '2', link: '../secret' }, { name: 'l', content: 'new' }))
  assert.is(fs.readFileSync(`${root}/l`, 'utf8'), 'new')
  assert.is(fs.readFileSync(`${outside}/secret`, 'utf8'), 'secret')
  applyTo(root, archive({ name: 'd', type: '2', link: '..' }, { name: 'd', type: '5', mode: '0000700' }))
  assert.ok(fs.lstatSync(`${root}/d`).isDirectory())
})

onLinux('a hard link to outside is refused, and one to a symlink is to the link', () => {
  refuses([{ name: 'h', type: '1', link: '../secret' }], /its path has '\.\.'/)
  refuses([{ name: 'h', type: '1', link: '/etc/passwd' }], /hard link to 'etc\/passwd': there is no such file/)
  refuses([{ name: 'h', type: '1', link: 'h' }], /it is its own target/)
  refuses(
    [
      { name: 'out', type: '2', link: '..' },
      { name: 'h', type: '1', link: 'out/nothing' },
    ],
    /there is no such file/,
  )
  const { outside, root } = house()
  applyTo(root, archive({ name: 's', type: '2', link: '../secret' }, { name: 'h', type: '1', link: 's' }))
  assert.is(fs.readlinkSync(`${root}/h`), '../secret')
  assert.is(fs.statSync(`${outside}/secret`).nlink, 1)
})

onLinux('links in a circle are one clear error when something lies behind them', () => {
  refuses(
    [
      { name: 'a', type: '2', link: 'b' },
      { name: 'b', type: '2', link: 'a' },
      { name: 'a/f', content: 'x' },
    ],
    /ELOOP/,
  )
  refuses(
    [
      { name: 'a', content: 'file' },
      { name: 'a/f', content: 'x' },
    ],
    /ENOTDIR.*one of the directories in its path is a file/,
  )
  refuses(
    [
      { name: 'a', type: '2', link: 'nowhere' },
      { name: 'a/f', content: 'x' },
    ],
    /'a': it is a symlink that leads nowhere/,
  )
})

onLinux('the last of a name counts when it comes more than once, of whatever types', () => {
  const kinds: readonly RawHeader[] = [
    { name: 'x', content: 'first' },
    { name: 'x', type: '2', link: 'y' },
    { name: 'x', type: '5', mode: '0000755' },
    { name: 'x', type: '6' },
    { name: 'x', content: 'last' },
  ]
  for (const one of kinds) {
    stays([one, kinds[4]!], { x: 'last' })
    stays([{ name: 'x', type: '5', mode: '0000755' }, { name: 'x/in/deep', content: '1' }, one, kinds[4]!], {
      x: 'last',
    })
  }
})

onLinux('names with newlines and escapes are files of that name, and quoted in errors', () => {
  stays(
    [
      { name: 'a\nb', content: 'n' },
      { name: '\x1b[31m', content: 'e' },
    ],
    { 'a\nb': 'n', '\x1b[31m': 'e' },
  )
  refuses([{ name: 'a\n\x1b[31m\xff/..' }], /entry 'a\\n\\x1b\[31m\\xff\/\.\.'/)
})

onLinux('a name that is too long is one clear error', () => {
  refuses([pax(['path', 'n'.repeat(300)]), { name: 'n' }], /ENAMETOOLONG/)
  refuses([pax(['path', 'd/'.repeat(2500)]), { name: 'n' }], /ENAMETOOLONG/)
})

onLinux('headers that would fill memory are refused before they do', () => {
  const before = process.memoryUsage().rss
  refuses(
    [raw({ name: 'x', type: 'x', size: '10000000000' }).subarray(0, 512)],
    /its extended header has 1073741824 bytes/,
  )
  refuses(
    [raw({ name: 'x', type: 'L', size: '10000000000' }).subarray(0, 512)],
    /its extended header has 1073741824 bytes/,
  )
  const big = { name: 'g', type: 'g', content: pax(['comment', 'c'.repeat(600_000)]).content! }
  refuses([big, big], /its global headers are too long/)
  assert.ok(process.memoryUsage().rss - before < 100 * 2 ** 20)
})

onLinux('a malformed header is one clear error', () => {
  const cases: readonly (readonly [readonly (RawHeader | Buffer)[], RegExp])[] = [
    [[{ name: 'x', wrong: 1 }], /entry at byte 0: its checksum is wrong: this is no tar header/],
    [[{ name: 'ok' }, { name: 'x', wrong: 1 }], /entry at byte 512: its checksum is wrong/],
    [[{ name: 'x', size: 'garbage' }], /its size is no number/],
    [[{ name: 'x', size: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }], /its size -1 is out of range/],
    [[{ name: 'x', size: '\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }], /its size is out of range/],
    [[{ name: 'x', type: 'Z' }], /its type 'Z' is none that a layer can have/],
    [[{ name: 'x', type: 'x', content: 'nonsense' }, { name: 'y' }], /its extended header has a malformed record/],
    [[{ name: 'x', type: 'x', content: '99 path=a\n' }, { name: 'y' }], /malformed record/],
    [[pax(['size', '-5']), { name: 'y' }], /its size is no number/],
    [[pax(['uid', '99999999999']), { name: 'y' }], /its owner 99999999999 is out of range/],
    [[pax(['mtime', 'yesterday']), { name: 'y' }], /its time is no number/],
    [
      [pax(['GNU.sparse.map', '0,5,3,5'], ['GNU.sparse.size', '10']), { name: 'y', content: '0123456789' }],
      /its sparse map is out of order/,
    ],
    [
      [pax(['GNU.sparse.map', '0,5'], ['GNU.sparse.size', '10']), { name: 'y', content: '0123456789' }],
      /does not fit the data/,
    ],
    [
      [pax(['GNU.sparse.map', '5,10'], ['GNU.sparse.size', '10']), { name: 'y', content: '0123456789' }],
      /out of the file/,
    ],
    [[pax(['path', 'y'])], /its extended header is followed by no entry/],
    [[Buffer.alloc(512), { name: 'x' }], /a lone block of zeros stands before it/],
  ]
  for (const [headers, why] of cases) refuses(headers, why)
  assert.match(
    refusal(() => readAll(Buffer.from('this is no archive'.repeat(100)))),
    /checksum is wrong/,
  )
  assert.match(
    refusal(() => readAll(Buffer.alloc(0))),
    /it is empty/,
  )
})

onLinux('whiteouts that can mean nothing are refused', () => {
  for (const name of ['.wh.', 'a/.wh.', '.wh...', '.wh..']) refuses([{ name }], /whiteout: it names nothing/)
  refuses([{ name: '.wh.a/b', content: 'x' }], /its path: it leads through a whiteout/)
})

onLinux('limits end it with one clear error when there is too much', () => {
  const { root } = house()
  const many = written(...Array.from({ length: 101 }, (_, i) => [entry(`f${i}`)] as const))
  assert.match(
    refusal(() => applyTo(root, many, { maxEntries: 100 })),
    /it holds more than 100 entries, which is the limit/,
  )
  assert.is(applyTo(house().root, many, { maxEntries: 101 }).entries, 101)
  const large = written([entry('f'), 'x'.repeat(1000)])
  assert.match(
    refusal(() => applyTo(root, large, { maxBytes: 999 })),
    /more than 999 bytes/,
  )
  assert.is(applyTo(house().root, large, { maxBytes: 1000 }).bytes, 1000)
})

onLinux('a bomb is stopped long before it has gone off', async () => {
  const header = raw({ name: 'bomb', size: '20000000000' }).subarray(0, 512) // 2 GiB of zeros
  const path = world.path()
  const compress = zlib.createGzip({ level: 9 })
  const out = fs.createWriteStream(path)
  compress.pipe(out)
  compress.write(header)
  for (let i = 0; i < 256; i++) if (!compress.write(Buffer.alloc(1 << 20))) await once(compress, 'drain')
  compress.end()
  await once(out, 'close')
  assert.ok(fs.statSync(path).size < 2 ** 18, 'it expands a thousand times')
  const { root } = house()
  const limits = { maxBytes: 10 * 2 ** 20 }
  const line = await laterRefusal(unpackLayer({ blob: fs.openSync(path, 'r'), root, name: 'bomb' }, limits))
  assert.match(line, /^layer 'bomb': it holds more than 10485760 bytes/)
  assert.ok(fs.statSync(`${root}/bomb`).blocks * 512 <= 10 * 2 ** 20)

  const zeros = fs.openSync(world.path('zeros'), 'w+')
  fs.writeSync(zeros, zlib.gzipSync(Buffer.alloc(64 * 2 ** 20)), 0, undefined, 0)
  const empty = await laterRefusal(
    unpackLayer({ blob: fs.openSync(world.path('zeros'), 'r'), root, name: 'z' }, { maxBytes: 2 ** 20 }),
  )
  assert.match(empty, /^layer 'z': it expands to more than \d+ bytes/, 'also after the end marker')
})

needs('linux', 'root')('an overlay device or attribute does not get into a tree', () => {
  const device: RawHeader = { name: 'x', type: '3', device: ['0000000', '0000000'] }
  refuses([device], /device 0\/0: overlayfs would take it for a whiteout/)
  const { root } = house()
  applyTo(
    root,
    archive(pax(['SCHILY.xattr.trusted.overlay.opaque', 'y'], ['SCHILY.xattr.user.fine', 'f']), {
      name: 'd',
      type: '5',
    }),
  )
  assert.match(look(root)['./d']!, /user\.fine=66 $/)
})

test.run()
