import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mutantsOf } from '#labs/runner/author/mutants'

const around = (body: string): string =>
  `const f = (a: boolean, n: number) => {\n  // #region solution\n${body}\n  // #endregion solution\n}\n`
const names = (body: string): string[] => mutantsOf(around(body)).map(({ name }) => name.replace(/^\d+: /, ''))

test('mutantsOf() takes steps out and exchanges them when there is a list', () => {
  const made = names('  return [one, two]')
  assert.ok(made.includes('one → nothing') || made.includes('one, → nothing'), made.join('\n'))
  assert.ok(made.includes('one, two → two, one'))
  assert.ok(made.includes('return [one, two] → return []'))
})

test('mutantsOf() turns conditions when there are some', () => {
  const made = names('  if (a && n > 1) return x(!a)\n  return a ? 1 : 2')
  for (const one of [
    'a && n > 1 → true',
    'a && n > 1 → false',
    'a && n > 1 → a',
    'n > 1 → n >= 1',
    '!a → a',
    'a ? 1 : 2 → 1',
    'a ? 1 : 2 → 2',
  ])
    assert.ok(made.includes(one), `${one}: ${made.join('\n')}`)
})

test('mutantsOf() leaves texts for people and types alone', () => {
  const made = names(
    "  return { why: 'because', by: `me`, op: 'chroot', path: '/' } as const satisfies Record<'x', string>",
  )
  assert.not.ok(
    made.some(name => /because|me`|'x'/.test(name)),
    made.join('\n'),
  )
  assert.ok(made.includes("'/' → '/x'"))
})

test('mutantsOf() takes a neighbour when a phase is named', () => {
  assert.ok(names("  return { phase: 'root' }").includes("'root' → 'runtime-hooks'"))
})

test('mutantsOf() changes nothing when it stands outside the solution', () => {
  assert.equal(mutantsOf("const a = ['x', 'y']\n// #region solution\n// #endregion solution\n"), [])
})

test('mutantsOf() makes no text twice, and none equal to the original', () => {
  const source = around("  return ['a', 'a'].filter(x => x !== 'a')")
  const texts = mutantsOf(source).map(({ text }) => text)
  assert.is(new Set(texts).size, texts.length)
  assert.not.ok(texts.includes(source))
})

test.run()
