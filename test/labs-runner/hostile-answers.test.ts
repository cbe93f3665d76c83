import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Hostile, head, here, judged, part } from '#support/hostile'
import { WorkingCopy } from '#support/labs'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()

/** What an attempt can return, and where it can have it from. */
const attempts: readonly Hostile[] = [
  ['returns a number', part('return 42 as never'), 'broken', /returned number, not a list/],
  ['returns nothing', part('return undefined as never'), 'broken', /returned nothing/],
  ['returns a function', part('return (() => 0) as never'), 'broken', /returned nothing|function/],
  ['returns null', part('return null as never'), 'broken', /not a list|null/],
  ['returns holes', part('return [null, undefined] as never'), 'broken', /step 0 is null/],
  [
    'returns what has no form',
    part("return [{ op: 'nope', phase: 'pivot', why: 'x' }] as never"),
    'broken',
    /step 0 has op 'nope'/,
  ],
  [
    'returns what changes while it is read',
    part(
      `let reads = 0\nreturn [{ op: 'chdir', get path() { return reads++ ? spec.root.path : '.' }, phase: 'pivot', by: '', why: '' }]`,
    ),
    'failed',
    /^$/,
  ],
  [
    'returns a proxy',
    part(
      `const step = { op: 'chdir', path: '.', phase: 'pivot', by: '', why: '' }\nreturn new Proxy([], { get: (_, key) => (key === 'length' ? 1 : key === '0' ? step : undefined) }) as never`,
    ),
    'failed',
    /^$/,
  ],
  [
    'returns a promise',
    part('return Promise.resolve([]) as never'),
    'broken',
    /it returned a promise: a part is not async/,
  ],
  ['returns a thenable', part('return { then: () => 0 } as never'), 'broken', /it returned a promise/],
  [
    'returns what the compiler was talked out of',
    part("return [{ op: 'chdir', path: '/', phase: 'pivot', why: '', by: '', tolerate: 5 as never }]"),
    'broken',
    /step 0 \(chdir\): its tolerate is 5/,
  ],
  ['returns a circle', part('const a: unknown[] = []; a.push(a); return a as never'), 'broken', /circular/],
  [
    'returns far too much',
    part(
      `const [step] = [{ op: 'chdir', path: 'x'.repeat(9999), phase: 'pivot', by: '', why: '' }]\nreturn Array(9999).fill(step)`,
    ),
    'broken',
    /./,
  ],
  [
    'returns ten million steps',
    part(`return Array(1e7).fill({ op: 'chdir', path: '/', phase: 'pivot', by: '', why: '' })`),
    'broken',
    /./,
  ],
  [
    'returns thousands of steps',
    part(`return Array(9999).fill({ op: 'chdir', path: '/', phase: 'pivot', by: '', why: '' })`),
    'broken',
    /it returned 9999 steps: no container takes more than 1000/,
  ],
  [
    'returns hundreds of steps, each of which is to be shown',
    part(
      `return Array.from({ length: 999 }, (_, i) => ({ op: 'chdir', path: '/' + i, phase: 'pivot', by: '', why: '' }) as const)`,
    ),
    'failed',
    /^$/,
  ],
  [
    'imports Node',
    `import * as fs from 'node:fs'\n${part("fs.rmSync('/x'); return []")}`,
    'broken',
    /attempt\.ts:1:\d+: 'node:fs' cannot be imported/,
  ],
  [
    'imports the reference',
    "export { enterRoot } from '#chapters/ch1-chroot/enter-root'\n",
    'broken',
    /leads to the reference/,
  ],
  [
    'imports its source',
    "// @ts-ignore\nexport { enterRoot } from '../../../chapters/ch1-chroot/enter-root.ts'\n",
    'broken',
    /attempt\.ts:2:\d+: the attempt leads to the reference/,
  ],
  [
    'reads it from the repository',
    `${head}const path = ['${here}', 'dist', 'chapters', 'ch1-chroot', 'enter-root.js'].join('/')\nexport const enterRoot: Pass = (await import(path)).enterRoot\n`,
    'broken',
    /restricted|access/i,
  ],
  [
    'imports it by its chapter',
    "import { parts } from '#chapters/ch1-chroot/index'\nexport const enterRoot = parts.enterRoot\n",
    'broken',
    /leads to the reference/,
  ],
  [
    'exports nothing',
    'export {}\n',
    'broken',
    /^labs\/ch1\/enter-root\/attempt\.ts:1:1: there is no function 'enterRoot' among its exports$/,
  ],
  ['is empty', '', 'broken', /./],
  ['is no text', '\0\x01\xff'.repeat(99), 'broken', /./],
]

test('an attempt gets a clear verdict and no point when it returns what is no plan, or what is not its own', async () => {
  assert.equal(await judged(new WorkingCopy(world), {}, attempts), [])
  assert.equal(await leftovers(world), [])
})

test.run()
