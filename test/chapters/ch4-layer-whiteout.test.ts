import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { changes } from '#chapters/ch4-images/layer/changes'
import { packEntries } from '#chapters/ch4-images/layer/pack'
import { unpackLayer } from '#chapters/ch4-images/layer/unpack'
import { walk } from '#chapters/ch4-images/layer/walk'
import { meaningOf, whiteoutOf } from '#chapters/ch4-images/layer/whiteout'
import { applyTo, archive, type RawHeader } from '#support/archives'
import { needs } from '#support/needs'
import { look, makeTree, trees } from '#support/trees'
import { newWorld } from '#support/world'

const world = newWorld()
const onLinux = needs('linux')

const dir = (name: string): RawHeader => ({ name: `${name}/`, type: '5', mode: '0000755' })
const file = (name: string, content = name): RawHeader => ({ name, content })

/** Paths of what is left after the layer was put onto files of those names. */
function left(below: readonly string[], ...layer: readonly RawHeader[]): string[] {
  const root = world.directoryOf(Object.fromEntries(below.map(name => [name, 'below'])))
  applyTo(root, archive(...layer))
  return Object.keys(look(root))
    .map(path => path.slice(2))
    .filter(path => path !== '')
}

/** The same in any order of the layer's entries that has directories before what is in them. */
function leftInAnyOrder(below: readonly string[], ...layer: readonly RawHeader[]): string[] {
  const [forwards, backwards] = [left(below, ...layer), left(below, ...[...layer].reverse())]
  assert.equal(backwards, forwards, 'the order in the archive does not matter')
  return forwards
}

test('a name means what the image-spec says when it is looked at', () => {
  assert.equal(meaningOf('.wh.x'), { kind: 'whiteout', name: 'x' })
  assert.equal(meaningOf(whiteoutOf('.hidden')), { kind: 'whiteout', name: '.hidden' })
  assert.is(meaningOf('.wh..wh..opq').kind, 'opaque')
  for (const name of ['.wh..wh.plnk', '.wh..wh.aufs', '.wh..wh.']) assert.is(meaningOf(name).kind, 'reserved', name)
  for (const name of ['.wh.', '.wh..', '.wh...']) assert.is(meaningOf(name).kind, 'invalid', name)
  for (const name of ['x', '.wh', 'x.wh.y', '.WH.x', '']) assert.is(meaningOf(name).kind, 'plain', name)
})

onLinux('a whiteout removes what is below when it is applied', () => {
  assert.equal(left(['a', 'b'], file('.wh.a')), ['b'])
  assert.equal(left(['d/x', 'd/y'], file('d/.wh.x')), ['d', 'd/y'])
  assert.equal(left(['d/x/deep/file', 'e'], file('.wh.d')), ['e'])
  assert.equal(
    left(['a'], file('.wh.nothing'), file('no/such/.wh.x'), file('a/.wh.x')),
    ['a'],
    'nothing to remove is fine',
  )
})

onLinux('a whiteout spares what its own layer brings, wherever it stands', () => {
  assert.equal(leftInAnyOrder(['a'], file('.wh.a'), file('a', 'new')), ['a'])
  assert.equal(leftInAnyOrder(['d/old', 'd/sub/old'], file('.wh.d'), file('d/new'), file('d/sub/new')), [
    'd',
    'd/new',
    'd/sub',
    'd/sub/new',
  ])
  assert.equal(leftInAnyOrder(['d/old'], dir('d'), file('.wh.d')), ['d'])
})

onLinux('an opaque directory hides all from below when it is applied', () => {
  assert.equal(left(['d/a', 'd/b/c', 'e'], file('d/.wh..wh..opq')), ['d', 'e'])
  assert.equal(leftInAnyOrder(['d/a', 'd/b/c'], file('d/new'), file('d/.wh..wh..opq'), file('d/b/n')), [
    'd',
    'd/b',
    'd/b/n',
    'd/new',
  ])
  assert.equal(left(['a', 'b/c'], file('.wh..wh..opq'), file('n')), ['n'], 'also the root')
})

onLinux('a directory that stays for what is in it is as new when a whiteout emptied it', () => {
  for (const layer of [
    [file('.wh.d'), file('d/new')],
    [file('d/new'), file('.wh.d')],
  ]) {
    const root = world.directoryOf({ 'd/old': 'old' })
    fs.chmodSync(`${root}/d`, 0o700)
    applyTo(root, archive(...layer))
    assert.is(fs.statSync(`${root}/d`).mode & 0o7777, 0o755)
  }
})

onLinux("AUFS's own names are ignored when they come", () => {
  assert.equal(left(['a'], dir('.wh..wh.plnk'), file('.wh..wh.plnk/1.2'), file('.wh..wh.aufs')), ['a'])
})

/** A tree seen as an overlay over another; unmounted when `use` is through. */
async function inOverlay<T>(lower: string, upper: string, use: (merged: string) => Promise<T>): Promise<T> {
  const [work, merged] = [world.path(), world.path()]
  for (const path of [work, merged]) fs.mkdirSync(path)
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},index=off,metacopy=off,redirect_dir=off`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged])
  try {
    return await use(merged)
  } finally {
    execFileSync('umount', [merged])
  }
}

function emptyLike(root: string): string {
  const path = world.path()
  fs.mkdirSync(path)
  const { uid, gid, mode } = fs.statSync(root)
  fs.chownSync(path, uid, gid)
  fs.chmodSync(path, mode & 0o7777)
  return path
}

async function layerOf(entries: Parameters<typeof packEntries>[0]): Promise<string> {
  const path = world.path()
  const fd = fs.openSync(path, 'w')
  await packEntries(entries, { out: fd, compression: 'none' })
  fs.closeSync(fd)
  return path
}

async function unpackTo(root: string, layer: string): Promise<void> {
  const blob = fs.openSync(layer, 'r')
  await unpackLayer({ blob, root })
  fs.closeSync(blob)
}

/** Hard links are left out: the kernel breaks those to files below when it copies them up. */
const withoutLinks = (seen: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(seen).map(([path, line]) => [
      path,
      line.replace(/ = .*$/s, ' ').replace(/ trusted\.overlay\.\S*/, ' '),
    ]),
  )

needs('linux', 'root')('the kernel shows the same tree when the layer is unpacked through an overlay', async () => {
  await fc.assert(
    fc.asyncProperty(trees(true), trees(true), async (a, b) => {
      const [lower, wanted, plain] = [world.path(), world.path(), world.path()]
      makeTree(lower, a)
      makeTree(wanted, b)
      makeTree(plain, a)
      const layer = await layerOf(changes(lower, wanted))
      const upper = emptyLike(lower)
      const seen = await inOverlay(lower, upper, async merged => {
        await unpackTo(merged, layer)
        return look(merged)
      })
      assert.equal(withoutLinks(seen), withoutLinks(look(wanted)), 'in the overlay')
      // and what the overlay's upper directory holds is the same layer again
      await unpackTo(plain, await layerOf(walk(upper, { whiteouts: 'overlay' })))
      assert.equal(withoutLinks(look(plain)), withoutLinks(look(wanted)), 'the upper directory as a layer')
    }),
    { numRuns: 40 },
  )
})

needs('linux', 'root')(
  'what is done in a merged tree is done again when its upper directory is put on a copy',
  async () => {
    const script =
      'rm a; rm -r d; mkdir d; echo new > d/n; rm -r e/f; mv g h; ln h i; rm -r k; echo k > k; chmod 700 e; touch .odd'
    const files = { a: '1', 'd/x': '2', 'e/f/y': '3', 'e/z': '4', g: '5', 'k/l/m': '6' }
    const [lower, copy] = [world.directoryOf(files), world.path()]
    execFileSync('cp', ['-a', lower, copy])
    const upper = emptyLike(lower)
    const seen = await inOverlay(lower, upper, async merged => {
      execFileSync('sh', ['-ec', script], { cwd: merged })
      return look(merged)
    })
    const names = [...walk(upper, { whiteouts: 'overlay' })].map(({ entry }) => entry.path)
    for (const mark of ['.wh.a', 'd/.wh..wh..opq', 'e/.wh.f', '.wh.g'])
      assert.ok(names.includes(mark), `${mark}: ${names}`)
    await unpackTo(copy, await layerOf(walk(upper, { whiteouts: 'overlay' })))
    assert.equal(withoutLinks(look(copy)), withoutLinks(seen))
  },
)

test.run()
