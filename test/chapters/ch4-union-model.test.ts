/** The model of overlayfs says what the kernel does: stories of operations, told to both, end the same. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { applyLayer, fromLayer, merged, toLayer } from '#chapters/ch4-images/union/layer'
import { commit, isDone, type Operation, perform, type UnionEvent } from '#chapters/ch4-images/union/model'
import {
  bytesIn,
  emptyTree,
  type Found,
  lookupIn,
  type Tree,
  type TreeNode,
  type Union,
} from '#chapters/ch4-images/union/tree'
import { needs } from '#support/needs'
import { KernelOverlay } from '#support/overlay/kernel'
import type { Story, Told } from '#support/overlay/mounted'
import { packed } from '#support/overlay/on-disk'
import { newWorld } from '#support/world'

type Entries = Readonly<Record<string, TreeNode | string>>

const directory = (entries: Entries = {}, more: Partial<Tree> = {}): Tree => ({
  ...emptyTree,
  ...more,
  entries: new Map(Object.entries(entries).map(([name, node]) => [name, typeof node === 'string' ? file(node) : node])),
})
const file = (content: string, mode = 0o644): TreeNode => ({ kind: 'file', content, mode })
const gone: TreeNode = { kind: 'whiteout' }

/** A story in the model. @returns errnos, what happened, and the union that it ends with */
function told({ lowers, steps }: Story): Omit<Told, 'upper' | 'merged'> & { union: Union; events: UnionEvent[] } {
  let union: Union = { upper: emptyTree, lowers }
  const events: UnionEvent[] = []
  const errnos = steps.map(step => {
    if (step.op === 'commit') {
      union = commit(union)
      return null
    }
    const outcome = perform(union, step)
    if (!isDone(outcome)) return outcome.errno
    union = outcome.union
    events.push(...outcome.events)
    return null
  })
  return { errnos, union, events }
}

const names = ['a', 'b', 'c'] as const
const content = fc.constantFrom('', 'one\n', 'two\n')
const mode = fc.constantFrom(0o644, 0o600, 0o755)
const node: fc.Arbitrary<TreeNode> = fc.letrec<{ node: TreeNode; tree: Tree }>(tie => ({
  node: fc.oneof(
    { maxDepth: 2 },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('file' as const), content, mode }) },
    { weight: 1, arbitrary: fc.constant(gone) },
    { weight: 1, arbitrary: fc.constant({ kind: 'symlink', target: 'a' } as const) },
    { weight: 4, arbitrary: tie('tree') },
  ),
  tree: fc
    .record({
      mode: fc.constantFrom(0o755, 0o700),
      opaque: fc.boolean(),
      entries: fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 3, noNullPrototype: true }),
    })
    .map(({ entries, ...rest }) => directory(entries, rest)),
})).node
const lower = fc
  .dictionary(fc.constantFrom(...names), node, { maxKeys: 3, noNullPrototype: true })
  .map(entries => directory(entries))

const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map(parts => `/${parts.join('/')}`)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant('write' as const), path, content }),
  fc.record({ op: fc.constant('append' as const), path, content }),
  fc.record({ op: fc.constant('mkdir' as const), path }),
  { weight: 3, arbitrary: fc.record({ op: fc.constant('remove' as const), path }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('rename' as const), from: path, to: path }) },
  fc.record({ op: fc.constant('chmod' as const), path, mode }),
  fc.record({ op: fc.constant('symlink' as const), path, target: fc.constant('b') }),
)
const step = fc.oneof(
  { weight: 20, arbitrary: operation },
  { weight: 1, arbitrary: fc.constant({ op: 'commit' } as const) },
)

/**
 * Without whiteouts that cover nothing. The kernel makes none, and does not look for them where a directory is in one layer
 * only: readdir then lists a name that stat does not find.
 */
function tidied(node: Tree, lowers: Found['lowers']): Tree {
  const entries = [...node.entries].flatMap(([name, child]): [string, TreeNode][] => {
    const below = lookupIn({ upper: null, lowers }, name).lowers
    if (child.kind === 'whiteout') return below.length === 0 ? [] : [[name, child]]
    if (child.kind !== 'directory') return [[name, child]]
    return [[name, tidied(child, lookupIn({ upper: node, lowers }, name).lowers)]]
  })
  return { ...node, entries: new Map(entries) }
}
const stacked = ([top, ...rest]: readonly Tree[]): Tree[] => {
  if (top === undefined) return []
  const below = stacked(rest)
  return [
    tidied(
      top,
      below.map((layer, i) => ({ layer: i, node: layer })),
    ),
    ...below,
  ]
}

const story: fc.Arbitrary<Story> = fc.record({
  lowers: fc.array(lower, { minLength: 1, maxLength: 4 }).map(stacked),
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
})

needs(
  'linux',
  'root',
  'unshare',
  'overlay',
)('the model and the kernel end with the same upper and the same merged when a story is told to both', async () => {
  const kernel = new KernelOverlay(newWorld().path())
  try {
    await fc.assert(
      fc.asyncProperty(story, async one => {
        const { errnos, union } = told(one)
        const theirs = await kernel.tell(one)
        assert.equal(errnos, theirs.errnos)
        assert.is(packed(merged(union)), packed(theirs.merged), 'merged')
        assert.is(packed(union.upper), packed(theirs.upper), 'upper')
      }),
      { numRuns: Number(process.env.RUNS ?? 400) },
    )
  } finally {
    await kernel.end()
  }
})

test('nothing of a lower layer changes when a story is told', () => {
  fc.assert(
    fc.property(story, one => {
      const before = packed(one.lowers)
      told(one)
      assert.is(packed(one.lowers), before)
    }),
    { numRuns: 200 },
  )
})

test('a layer applied to what is below shows what merged showed when upper is written down as one', () => {
  fc.assert(
    fc.property(story, one => {
      const { union } = told(one)
      const below = merged({ upper: emptyTree, lowers: union.lowers })
      assert.is(packed(applyLayer(below, toLayer(union.upper))), packed(merged(union)))
    }),
    { numRuns: 500 },
  )
})

test('upper comes back from its layer when marks are turned into files and back', () => {
  fc.assert(
    fc.property(lower, tree => {
      assert.is(packed(fromLayer(toLayer(tree))), packed(tree))
      assert.not.match(packed(toLayer(tree)), /whiteout|"opaque":true/)
    }),
  )
})

const base = directory({ a: directory({ big: file('x'.repeat(1000)), b: 'b\n' }), c: 'c\n' })
const eventsOf = (...steps: Story['steps']): UnionEvent[] => told({ lowers: [base], steps }).events

test('a file is copied up whole when a byte is appended and its mode is changed, and not when it is truncated', () => {
  assert.equal(eventsOf({ op: 'append', path: '/a/big', content: 'y' }), [
    { event: 'copy-up', path: '/a', layer: 0, bytes: 0 },
    { event: 'copy-up', path: '/a/big', layer: 0, bytes: 1000 },
    { event: 'written', path: '/a/big', bytes: 1 },
  ])
  assert.equal(eventsOf({ op: 'chmod', path: '/a/big', mode: 0o755 }).slice(1), [
    { event: 'copy-up', path: '/a/big', layer: 0, bytes: 1000 },
    { event: 'mode', path: '/a/big', mode: 0o755 },
  ])
  assert.equal(eventsOf({ op: 'write', path: '/a/big', content: 'y' })[1], {
    event: 'copy-up',
    path: '/a/big',
    layer: 0,
    bytes: 0,
  })
})

test('a whiteout covers what is below, and is replaced, when a file is removed and made again', () => {
  const remove: Operation = { op: 'remove', path: '/c' }
  assert.equal(eventsOf(remove), [{ event: 'whiteout', path: '/c', layer: 0 }])
  assert.equal(eventsOf(remove, { op: 'mkdir', path: '/c' }).slice(1), [
    { event: 'whiteout-replaced', path: '/c' },
    { event: 'created', path: '/c', kind: 'directory' },
    { event: 'opaque', path: '/c' },
  ])
  assert.equal(eventsOf({ op: 'write', path: '/d', content: '' }, { op: 'remove', path: '/d' }), [
    { event: 'created', path: '/d', kind: 'file' },
    { event: 'removed', path: '/d' },
  ])
})

test('a rename copies a file and refuses a directory when it comes from below', () => {
  assert.equal(eventsOf({ op: 'rename', from: '/c', to: '/d' }), [
    { event: 'copy-up', path: '/c', layer: 0, bytes: 2 },
    { event: 'moved', from: '/c', to: '/d' },
    { event: 'whiteout', path: '/c', layer: 0 },
  ])
  assert.equal(told({ lowers: [base], steps: [{ op: 'rename', from: '/a', to: '/d' }] }).errnos, ['EXDEV'])
})

test('a secret stays in its layer when a later one removes it', () => {
  const { union } = told({
    lowers: [base],
    steps: [
      { op: 'write', path: '/token', content: 's3cret\n' },
      { op: 'commit' },
      { op: 'remove', path: '/token' },
      { op: 'commit' },
    ],
  })
  assert.not(merged(union).entries.has('token'))
  assert.equal(union.lowers[1]!.entries.get('token'), file('s3cret\n'))
  assert.equal(toLayer(union.lowers[0]!).entries.get('.wh.token'), file('', 0))
  assert.equal(union.lowers.map(bytesIn), [0, 7, 1004])
})

test('bytes that are not spelled out count, and go with the content, when a file is written', () => {
  const big: TreeNode = { kind: 'file', content: 'ELF', mode: 0o755, beyond: 97_000_000 }
  const lowers = [directory({ node: big })]
  const { events, union } = told({ lowers, steps: [{ op: 'chmod', path: '/node', mode: 0o700 }] })
  assert.is((events[0] as { bytes: number }).bytes, 97_000_003)
  assert.is(bytesIn(union.upper), 97_000_003)
  assert.is(bytesIn(told({ lowers, steps: [{ op: 'write', path: '/node', content: '' }] }).union.upper), 0)
})

test.run()
