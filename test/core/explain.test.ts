import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explainJson, explainLines, explainText } from '#core/plan/explain'
import type { Step } from '#core/plan/step'
import { type MountFlag, mountFlags } from '#core/sys/constants'
import { examplePlan, examplePlans } from '#support/examples'
import { matchesGolden } from '#support/repository'

test('explainText shows one lane when the host has nothing to do', () => {
  matchesGolden('explain-ch1-user.txt', explainText(examplePlan('ch1.user'), 100))
})

test('explainText shows both lanes and the turns when there is a user namespace', () => {
  const firstPhases = examplePlan('ch2.userns').steps.filter(({ phase }) => ['enter', 'map', 'isolate'].includes(phase))
  matchesGolden('explain-two-lanes.txt', explainText({ steps: firstPhases }, 120))
})

test('explainLines folds steps that are alike, and explainJson keeps them all, when there are many in a row', () => {
  const plan = examplePlan('ch1.escape')
  const alike = plan.steps.filter(({ op, why }, i) => op === 'chdir' && why === plan.steps[i - 1]?.why).length
  assert.ok(alike > 50)
  const text = explainText(plan, 100)
  assert.match(text, new RegExp(`chdir\\("\\.\\."\\)\\n.*\\n.*│ +and ${alike} more like it\\n`))
  assert.is(text.split('chdir("..")').length, 2)
  assert.is(explainJson(plan).steps.length, plan.steps.length)
})

test('explainLines shows each step when its neighbour differs in why alone', () => {
  const at = { op: 'chdir', path: '/', phase: 'pivot', by: 'test' } as const
  const steps: Step[] = [...'abcdefg'].map(why => ({ ...at, why }))
  assert.is(explainText({ steps }, 80).split('chdir("/")').length, 8)
})

const anyExample = fc.constantFrom(...examplePlans.map(({ name }) => name))
const anyWidth = fc.integer({ min: 60, max: 200 })

test('explainText keeps to the width when it is any that a terminal has', () => {
  fc.assert(
    fc.property(anyExample, anyWidth, (name, width) => {
      for (const line of explainText(examplePlan(name), width).split('\n')) {
        assert.ok(line.length <= width, `${name}, ${width} columns: ${line.length}: ${line}`)
      }
    }),
    { numRuns: 60 },
  )
})

test('explainLines breaks a list of flags between two when it is longer than the line', () => {
  const flags = Object.keys(mountFlags) as MountFlag[]
  const step: Step = { op: 'propagation', path: '/', flags, phase: 'root', by: 'test', why: 'to see' }
  for (let width = 60; width < 100; width++) {
    const shown = explainLines({ steps: [step] }, width).lines.map(({ child }) => child)
    for (const flag of flags)
      assert.ok(
        shown.some(line => line.includes(flag)),
        `${width} columns: ${flag}`,
      )
  }
})

test('explainLines breaks paths and options between their parts when 80 columns are too few', () => {
  const shown = explainLines(examplePlan('ch2.userns'), 80).lines.map(({ host, child }) => (host + child).trim())
  for (const part of ['uid_map", "0', 'gid=5")'])
    assert.ok(
      shown.some(line => line.startsWith(part)),
      `${part} in ${shown.join('\n')}`,
    )
})

const squeezed = (text: string): string => text.replace(/\s/g, '')

test('explainLines loses no word when it has to break lines', () => {
  fc.assert(
    fc.property(anyExample, anyWidth, (name, width) => {
      const plan = examplePlan(name)
      const { lines } = explainLines(plan, width)
      const shown = squeezed(
        lines
          .filter(({ mark }) => mark === 'why')
          .map(({ host, child }) => host + child)
          .join(''),
      )
      for (const { why } of plan.steps) assert.ok(shown.includes(squeezed(why)), why)
    }),
    { numRuns: 30 },
  )
})

test('explainLines numbers every step that it shows, and counts those that it folds, when it is any example', () => {
  for (const { name, plan } of examplePlans) {
    let next = 0
    for (const { mark, host, child } of explainLines(plan, 120).lines) {
      const number = mark === 'call' ? /^ *(\d+) {2}\S/.exec(host + child)?.[1] : undefined
      if (number !== undefined) assert.is(Number(number), next++, name)
      next += Number(/^ *and (\d+) more like it$/.exec(host + child)?.[1] ?? 0)
    }
    assert.is(next, plan.steps.length, name)
  }
})

test('explainJson has the same keys in every step when the plan is any example', () => {
  const keys = ['index', 'phase', 'lane', 'op', 'call', 'man', 'why', 'by', 'tolerate', 'fields']
  for (const { name, plan } of examplePlans) {
    const explained = explainJson(plan)
    assert.equal(Object.keys(explained), ['version', 'phases', 'steps'])
    assert.is(explained.version, 1)
    for (const step of explained.steps) assert.equal(Object.keys(step), keys, name)
    assert.equal(JSON.parse(JSON.stringify(explained)), explained, name)
  }
})

test('explainJson gives a step all of its own fields when it is read back', () => {
  const { steps } = examplePlan('ch2.userns')
  explainJson({ steps }).steps.forEach(({ op, phase, why, by, tolerate, fields }, i) => {
    const again = { op, phase, why, by, ...fields, ...(tolerate.length === 0 ? {} : { tolerate }) }
    assert.equal(again, steps[i])
  })
})

test.run()
