import * as fs from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { changes } from '#chapters/ch4-images/layer/changes'
import { compareNames, decodeName, encodeName } from '#chapters/ch4-images/layer/name'
import { packEntries, packLayer } from '#chapters/ch4-images/layer/pack'
import { unpackLayer } from '#chapters/ch4-images/layer/unpack'
import { needs } from '#support/needs'
import { look, makeTree, type Node, trees } from '#support/trees'
import { newWorld } from '#support/world'

const world = newWorld()
const runs = { numRuns: 60 }

function fresh(tree?: Node): string {
  const path = world.path()
  if (tree === undefined) fs.mkdirSync(path)
  else makeTree(path, tree)
  return path
}

/** A file that is written, and then read from its start. */
function blob(): { readonly fd: number; rewind(): number } {
  const path = world.path()
  const fd = fs.openSync(path, 'w')
  return {
    fd,
    rewind() {
      fs.closeSync(fd)
      return fs.openSync(path, 'r')
    },
  }
}

async function copyOf(tree: string): Promise<string> {
  const to = fresh()
  const { fd, rewind } = blob()
  await packLayer({ root: tree, out: fd, compression: 'none' })
  await unpackLayer({ blob: rewind(), root: to })
  return to
}

needs('linux', 'root')('a tree is the same again when it was packed and unpacked', async () => {
  const kinds = fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const)
  await fc.assert(
    fc.asyncProperty(trees(true), kinds, async (tree, compression) => {
      const from = fresh(tree)
      const to = fresh()
      const { fd, rewind } = blob()
      const packed = await packLayer({ root: from, out: fd, compression })
      const unpacked = await unpackLayer({ blob: rewind(), root: to })
      assert.equal(look(to), look(from))
      for (const key of ['diffId', 'size', 'unpackedSize'] as const) assert.is(unpacked[key], packed[key], key)
    }),
    runs,
  )
})

needs('linux', 'root')('a copy packs to the same digest when the tree was unpacked elsewhere', async () => {
  await fc.assert(
    fc.asyncProperty(trees(true), async tree => {
      const from = fresh(tree)
      const digests = []
      for (const root of [from, from, await copyOf(from)]) {
        digests.push((await packLayer({ root, out: blob().fd, compression: 'gzip' })).digest)
      }
      assert.is(new Set(digests).size, 1)
    }),
    { numRuns: 20 },
  )
})

needs('linux', 'root')('the changes from a to b make b of a when they are unpacked onto it', async () => {
  await fc.assert(
    fc.asyncProperty(trees(true), trees(true), async (a, b) => {
      const [inA, inB] = [fresh(a), fresh(b)]
      const { fd, rewind } = blob()
      await packEntries(changes(inA, inB), { out: fd, compression: 'none' })
      await unpackLayer({ blob: rewind(), root: inA })
      assert.equal(look(inA), look(inB))
    }),
    runs,
  )
})

needs('linux', 'root')('few changes make few entries when most of a tree stays', async () => {
  await fc.assert(
    fc.asyncProperty(trees(true), trees(true), async (a, extra) => {
      const inA = fresh(a)
      const inB = await copyOf(inA)
      assert.equal([...changes(inA, inB)], [])
      makeTree(`${inB}/added here`, extra)
      const { fd, rewind } = blob()
      const found = [...changes(inA, inB)].map(({ entry }) => entry.path)
      const mine = found.filter(path => path !== '' && path !== 'added here' && !path.startsWith('added here/'))
      assert.equal(mine, [], 'nothing but what was added')
      await packEntries(changes(inA, inB), { out: fd, compression: 'none' })
      await unpackLayer({ blob: rewind(), root: inA })
      assert.equal(look(inA), look(inB))
    }),
    { numRuns: 30 },
  )
})

test('a name is the same bytes again when it was a string in between', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), array => {
      const bytes = Buffer.from(array)
      assert.equal(encodeName(decodeName(bytes)), bytes)
    }),
    { numRuns: 2000 },
  )
  const text = fc.string({ unit: 'binary', maxLength: 10 })
  fc.assert(
    fc.property(text, name => assert.is(decodeName(Buffer.from(name)), name)),
    { numRuns: 500 },
  )
})

test('names are in the order of their bytes when they are sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 6 })), arrays => {
      const names = arrays.map(array => Buffer.from(array))
      const sorted = names.map(decodeName).sort(compareNames)
      assert.equal(sorted, [...names].sort(Buffer.compare).map(decodeName))
    }),
    { numRuns: 500 },
  )
})

test.run()
