import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { passesOf } from '#core/chapter'
import { assemble, collect, type Pass } from '#core/plan/assemble'
import type { Phase } from '#core/plan/phase'
import { laneOf, orderOf, phases } from '#core/plan/phase'
import type { Step } from '#core/plan/step'
import { cannedFacts } from '#core/sys/facts'
import { chapters, recipes } from '#support/examples'

test('assemble makes a plan when given any example on any host', () => {
  for (const { name, parts, spec, facts } of recipes) {
    const { steps } = assemble(passesOf(parts), spec, facts)
    assert.ok(steps.length > 0, name)
    assert.is(steps.at(-1)!.op, 'execve', name)
  }
})

test('assemble gives the same plan when asked twice', () => {
  for (const { name, parts, spec, facts } of recipes) {
    const passes = passesOf(parts)
    assert.equal(assemble(passes, spec, facts), assemble(passes, spec, facts), name)
  }
})

test('a plan is data when it goes through JSON', () => {
  for (const { name, parts, spec, facts } of recipes) {
    const plan = assemble(passesOf(parts), spec, facts)
    assert.equal(JSON.parse(JSON.stringify(plan)), plan, name)
  }
})

test('every step says why and by whom when it stands in a plan', () => {
  for (const { name, parts, spec, facts } of recipes) {
    for (const { op, why, by } of collect(passesOf(parts), spec, facts).steps) {
      assert.ok(why.length > 0 && !why.endsWith('.'), `${name}: ${op}: '${why}'`)
      assert.match(by, /^ch[1-7]\.[a-z][A-Za-z0-9]*$/, `${name}: ${op}`)
    }
  }
})

test('a chapter has examples when it has parts', () => {
  for (const { id, examples } of chapters) assert.ok(Object.keys(examples).length > 2, id)
})

const step = (phase: Phase, path: string): Step => ({ op: 'chdir', path, phase, why: 'test', by: 'ch1.test' })
const { spec } = recipes[0]!

test('collect sorts by phase and keeps the order of passes when they share one', () => {
  const one: Pass = () => [step('exec', 'a'), step('root', 'b'), step('root', 'c')]
  const two: Pass = () => [step('root', 'd'), step('enter', 'e')]
  const { steps } = collect([one, two], spec, cannedFacts.v2)
  assert.equal(
    steps.map(({ phase, ...fields }) => [phase, 'path' in fields ? fields.path : '']),
    [
      ['enter', 'e'],
      ['root', 'b'],
      ['root', 'c'],
      ['root', 'd'],
      ['exec', 'a'],
    ],
  )
})

test('collect leaves the array of a pass alone when it sorts', () => {
  const own = [step('exec', 'a'), step('root', 'b')]
  collect([() => own], spec, cannedFacts.v2)
  assert.equal(
    own.map(({ phase }) => phase),
    ['exec', 'root'],
  )
})

test('phases stand in protocol order when listed', () => {
  assert.equal(
    phases.map(phase => orderOf(phase)),
    phases.map((_, i) => i),
  )
  const hosts = phases.filter(phase => laneOf(phase) === 'host')
  assert.equal(hosts, ['prepare', 'join', 'map', 'wire', 'runtime-hooks', 'ready', 'started'])
})

test.run()
