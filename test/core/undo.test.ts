import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inverseOf, isHostStep, isLasting } from '#core/plan/ops'
import type { HostStep } from '#core/plan/step'
import { undo } from '#core/plan/undo'
import { examplePlans } from '#support/examples'
import { anyPlan, hostSteps } from '#support/steps'

test('undo takes back last what was done first when the plan is any list of steps', () => {
  fc.assert(
    fc.property(anyPlan, plan => {
      const expected = plan.steps.filter(isHostStep).toReversed().flatMap(inverseOf)
      const list = undo(plan)
      assert.equal(
        list.map(({ phase: _, why: __, by: ___, ...bare }) => bare),
        expected,
      )
    }),
  )
})

test('undo has something for each lasting step when the plan is an example', () => {
  for (const { name, plan } of examplePlans) {
    const lasting = plan.steps.filter(step => isHostStep(step) && isLasting(step))
    assert.ok(undo(plan).length >= lasting.length, name)
    if (lasting.length === 0) assert.equal(undo(plan), [], name)
  }
})

test('every lasting step has an inverse when it is one of ours', () => {
  for (const step of hostSteps) {
    if (step.op === 'ip_batch') continue // its pass gives the inverse, an invariant sees to it
    assert.is(inverseOf(step).length > 0, isLasting(step), step.op)
  }
})

test('an inverse needs no inverse itself when it is performed by undo', () => {
  for (const step of hostSteps) {
    for (const inverse of inverseOf(step)) {
      const placed = { ...inverse, phase: 'wire', why: '', by: '' } as HostStep
      assert.ok(!isLasting(placed) || inverse.op === step.op, `${step.op} → ${inverse.op}`)
    }
  }
})

test('set restores what was there when it is undone twice over', () => {
  const set = hostSteps.find(({ op }) => op === 'set')!
  const [back] = undo({ steps: [set] })
  const [forth] = undo({ steps: [back!] })
  assert.equal({ ...forth, why: set.why }, set)
})

test('undo steps say what they take back when they are shown', () => {
  const [first] = undo({ steps: [hostSteps[0]!] })
  assert.is(first!.why, `takes back: ${hostSteps[0]!.why}`)
  assert.is(first!.phase, hostSteps[0]!.phase)
})

test('undo survives the state record when it has been through JSON', () => {
  const list = undo({ steps: hostSteps })
  assert.equal(JSON.parse(JSON.stringify(list)), list)
})

test.run()
