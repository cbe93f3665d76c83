import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inConfig, inDocument } from '#chapters/ch7-oci/validate/find'
import { written } from '#chapters/ch7-oci/validate/json-text'
import { isObject } from '#chapters/ch7-oci/validate/place'
import type { Finding } from '#chapters/ch7-oci/validate/rule'
import { config } from '#chapters/ch7-oci/validate/schema-config'
import { type DocumentKind, shapes } from '#chapters/ch7-oci/validate/schema-image'
import { misfits, type Shape } from '#chapters/ch7-oci/validate/shape'
import { MiniDockerError } from '#core/errors'
import { parseSpec } from '#core/spec/parse'
import { below } from '#core/spec/schema'
import { changed, goodConfig, goodImageConfig, goodIndex, goodManifest, inWords, placesIn } from '#support/validate'

const samples: readonly string[] = [
  ...['a', 'rootfs', 'RLIMIT_CORE', 'rw', '2MB', 'MB:0=20', 'text/plain', `sha256:${'0'.repeat(64)}`],
]

/** A value that fits, with all that may be there. */
function sampleOf(shape: Shape): unknown {
  switch (shape.is) {
    case 'string':
      return shape.words?.[0] ?? samples.find(one => shape.match?.test(one) ?? true)
    case 'boolean':
      return true
    case 'integer':
      return shape.most
    case 'array':
      return [sampleOf(shape.item)]
    case 'map':
      return { 'a key': sampleOf(shape.item) }
    case 'object':
      return Object.fromEntries(
        Object.entries({ ...shape.required, ...shape.optional }).map(([key, field]) => [key, sampleOf(field)]),
      )
  }
}

/** What none of the shape's kind is, and what is of its kind and not allowed. */
function wrongFor(shape: Shape): unknown[] {
  const others = [null, true, 1, 'word', [], {}]
  const types: Readonly<Record<Shape['is'], (value: unknown) => boolean>> = {
    string: value => typeof value === 'string',
    boolean: value => typeof value === 'boolean',
    integer: value => typeof value === 'number',
    array: Array.isArray,
    map: isObject,
    object: isObject,
  }
  const wrong = others.filter(value => !types[shape.is](value))
  if (shape.is === 'integer')
    wrong.push(1.5, shape.least - Math.max(1, 2 ** -50 * Math.abs(shape.least)), shape.most * 2 + 1)
  if (shape.is === 'string' && shape.words !== undefined) wrong.push('no such word', '')
  if (shape.is === 'string' && shape.match !== undefined) wrong.push('\n§')
  if (shape.is === 'array' && shape.atLeast > 0) wrong.push([])
  return wrong
}

/** The shape at each place of a sample, and whether null stands there for what is away: of an image config. */
function* shapesIn(shape: Shape, value: unknown, at = '', away = false): Generator<readonly [string, Shape, boolean]> {
  yield [at, shape, away]
  if (Array.isArray(value) && shape.is === 'array') yield* shapesIn(shape.item, value[0], `${at}[0]`)
  if (!isObject(value)) return
  for (const [key, child] of Object.entries(value)) {
    const place = below(at, key)
    if (shape.is === 'map') yield* shapesIn(shape.item, child, place)
    if (shape.is !== 'object') continue
    const isOptional = key in shape.optional
    yield* shapesIn({ ...shape.required, ...shape.optional }[key]!, child, place, isOptional && shape.nullable)
  }
}

const all: Readonly<Record<string, Shape & { readonly section: string }>> = { 'config.json': config, ...shapes }

for (const [name, shape] of Object.entries(all)) {
  test(`each place of ${name} is told when what stands there is of another kind or not allowed`, () => {
    const sample = sampleOf(shape)
    const told = (value: unknown) => [...misfits(shape, value, '', shape.section)]
    assert.equal(inWords(told(sample)), [])
    let count = 0
    for (const [at, inner, away] of shapesIn(shape, sample)) {
      for (const wrong of at === '' ? [] : wrongFor(inner)) {
        const findings = told(changed(sample, at, wrong))
        assert.equal(
          findings.map(one => [one.at, one.level]),
          away && wrong === null ? [] : [[at, 'MUST']],
          `${at} ${JSON.stringify(wrong)}`,
        )
        count++
      }
    }
    assert.ok(count >= 5, 'places were found')
  })

  test(`a required field of ${name} is told when it is away`, () => {
    const sample = sampleOf(shape)
    for (const [at, inner] of shapesIn(shape, sample)) {
      if (inner.is !== 'object') continue
      for (const key of Object.keys(inner.required)) {
        const place = at === '' ? key : `${at}.${key}`
        const [found, ...more] = misfits(shape, changed(sample, place, undefined), '', shape.section)
        assert.equal([found?.id, found?.at, more.length], ['shape-missing', place, 0])
      }
    }
  })
}

const odd: readonly unknown[] = [
  ...['', '/', 'a', 'a=b', '/x', '../x', '\0', 'SCMP_ACT_ALLOW', 'rbind', 'user', 'sha256:00', '1.0.0', null],
  ...[0, -1, 1, 5, 2 ** 32 - 1, -(2 ** 40), 1.5],
  ...[true, false, [], {}, [{}], ['x'], [null], { x: 1 }, { '': '' }, undefined],
]
const values = fc.constantFrom(...odd)

function checkWords(findings: readonly Finding[], what: string): void {
  for (const { at, rule, section, level } of findings) {
    assert.ok(rule.startsWith(`${level} `) && typeof at === 'string', what)
    assert.match(section, /^(rfc8259|[a-z-]+\.md#[a-z0-9-]+$)/, what)
  }
}

test('what our own parser refuses of a config is told when the config is a good one with one change', () => {
  const places = [...placesIn(goodConfig())].map(([at]) => at).filter(at => at !== '')
  let refused = 0
  for (const place of places) {
    for (const value of odd) {
      const text = JSON.stringify(changed(goodConfig(), place, value))
      const findings = inConfig(text)
      const what = `${place} = ${JSON.stringify(value)}`
      checkWords(findings, what)
      const why = refusal(JSON.parse(text))
      // a NUL harms nobody in words that the kernel never sees, and its ranges are narrower than those of the types
      if (why === null || /NUL$|is not in/.test(why)) continue
      refused++
      assert.ok(findings.length > 0, `${what}: ${why}`)
    }
  }
  assert.ok(refused > 1000, `${refused}`)
})

/** Why the runtime would not take it, null when it does. */
function refusal(json: unknown): string | null {
  try {
    parseSpec(json)
    return null
  } catch (error) {
    if (error instanceof MiniDockerError) return error.message
    throw error
  }
}

test('a document is told of in words that name place and section when anything stands anywhere in it', () => {
  const documents: readonly (readonly [DocumentKind, () => unknown])[] = [
    ['config', goodImageConfig],
    ['index', goodIndex],
    ['manifest', goodManifest],
  ]
  const any = fc.constantFrom(
    ...documents.flatMap(([kind, make]) => [...placesIn(make())].map(([at]) => [kind, make, at] as const)),
  )
  fc.assert(
    fc.property(any, fc.oneof(values, fc.jsonValue()), ([kind, make, place], value) => {
      const json = place === '' ? value : changed(make(), place, value)
      checkWords(inDocument(written(JSON.stringify(json) ?? ''), kind), `${kind} ${place} = ${JSON.stringify(value)}`)
    }),
    { numRuns: 300 },
  )
})

test('a config is told of and nothing is thrown when it is any JSON', () => {
  fc.assert(
    fc.property(fc.json(), text => checkWords(inConfig(text), text)),
    { numRuns: 500 },
  )
})

test.run()
