import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { passesOf } from '#core/chapter'
import { assemble } from '#core/plan/assemble'
import { explainJson, explainText } from '#core/plan/explain'
import { lower } from '#core/plan/lower'
import type { Plan } from '#core/plan/step'
import { undo } from '#core/plan/undo'
import { parseSpec } from '#core/spec/parse'
import { recipes } from '#support/examples'
import { codeOf, importsOf, loadedWith, sources } from '#support/imports'

/** Files of a chapter that make passes, or put them together. */
const passes = sources.filter(
  file =>
    file.startsWith('chapters/ch') &&
    (/\/(index|examples)\.ts$/.test(file) ||
      (importsOf(file).some(({ specifier }) => specifier === '#core/plan/assemble') && /\bPass\b/.test(codeOf(file)))),
)
const pure = [
  ...sources.filter(file => /^core\/(plan|spec)\//.test(file)),
  'core/errors.ts',
  'core/chapter.ts',
  ...passes,
]

test('there are passes when chapters are read', () => {
  assert.ok(passes.length > 15, passes.join(' '))
})

test('a pure file loads nothing of Node and no package when it is loaded', () => {
  const ways = pure.flatMap(file => [...loadedWith(file)].flatMap(([name, way]) => (name.endsWith('.ts') ? [] : [way])))
  assert.equal([...new Set(ways)], [])
})

test('a pure file loads pure files alone when it is loaded', () => {
  const allowed = /^core\/(plan|spec|errors|chapter|sys\/(constants|facts|hierarchies|kernel-version))\b|^chapters\/ch/
  for (const file of pure) {
    for (const [name, way] of loadedWith(file)) assert.match(name, allowed, way)
  }
})

/** A clock, chance, the world. */
const impure =
  /\bDate\b|\bMath\.random\b|\bperformance\b|\bglobalThis\b|\bcrypto\b|\bsetTimeout\b|\bfetch\(|\brequire\(/

test('a pure file names no clock, no chance and no world when it is read', () => {
  for (const file of pure) {
    const code = codeOf(file)
    assert.not.match(code, impure, file)
    const ownProcess = /[{,]\s*process\b[^.(]*[},:]|\bconst process\b|\bprocess:/.test(code)
    if (!ownProcess) assert.not.match(code, /(?<![.\w])process\./, file)
    assert.not.match(code, /(?<![.\w])process\.(argv|cwd\(|exit|hrtime|nextTick|on\(|pid|platform|std|get[eu])/, file)
  }
})

/** Runs `body` in a world where whoever asks for the time, for chance or for this process is caught. */
function withoutWorld<T>(body: () => T): T {
  const forbidden = ['Date', 'process', 'performance', 'setTimeout', 'fetch', 'crypto'] as const
  const saved = forbidden.map(name => [name, Object.getOwnPropertyDescriptor(globalThis, name)!] as const)
  const random = Math.random
  const caught = (name: string) => () => {
    throw new Error(`${name} was asked for`)
  }
  for (const name of forbidden) Object.defineProperty(globalThis, name, { get: caught(name), configurable: true })
  Math.random = caught('Math.random')
  try {
    return body()
  } finally {
    Math.random = random
    for (const [name, descriptor] of saved) Object.defineProperty(globalThis, name, descriptor)
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const child of Object.values(value)) frozen(child)
  return value
}

test('withoutWorld catches a pass when it is not pure', () => {
  assert.throws(() => withoutWorld(() => Date.now()), /Date was asked for/)
  assert.throws(() => withoutWorld(() => Math.random()), /Math\.random was asked for/)
  assert.throws(() => withoutWorld(() => process.pid), /process was asked for/)
  assert.ok(Date.now() > 0 && process.pid > 0, 'and gives the world back')
})

test('a plan is made, lowered, undone and explained without asking the world when it is an example', () => {
  for (const { name, parts, spec, facts } of recipes) {
    const input = frozen(structuredClone({ spec, facts }))
    const inOrder = passesOf(parts)
    const plan = withoutWorld((): Plan => {
      const made = frozen(assemble(inOrder, parseSpec(input.spec), input.facts))
      lower(made)
      undo(made)
      explainJson(made)
      explainText(made, 100)
      return made
    })
    assert.ok(plan.steps.length > 0, name)
  }
})

test.run()
