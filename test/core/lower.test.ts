import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Lowered, lower } from '#core/plan/lower'
import { brings, isChildStep, isHostStep } from '#core/plan/ops'
import type { ChildStep, Plan, Step } from '#core/plan/step'
import { examplePlan, examplePlans } from '#support/examples'
import { anyPlan } from '#support/steps'

const yields = ({ program }: Lowered) =>
  program.flatMap(({ index, step }) => (step.op === 'yield' ? [{ index, step: step as Step<'yield'> }] : []))

/** What must hold of every plan, sensible or not. */
function checkLowered(plan: Plan, name: string): void {
  const lowered = lower(plan)
  const { program, segments } = lowered
  const turns = yields(lowered)

  const performed = [...program.filter(({ step }) => step.op !== 'yield'), ...segments.flat()]
  const inOrder = performed.toSorted((a, b) => a.index - b.index)
  assert.equal(
    inOrder,
    plan.steps.map((step, index) => ({ index, step })),
    `${name}: program less yields, and segments, are the plan`,
  )
  assert.ok(
    segments.flat().every(({ step }) => isHostStep(step)),
    name,
  )

  let borne = 0
  const changes = plan.steps.flatMap((step, i) => {
    const changesLane = i > 0 && isHostStep(step) && isChildStep(plan.steps[i - 1]!)
    const bears = isHostStep(step) && brings(step) !== undefined ? 1 : 0
    const isNext = changesLane || borne + bears > 1
    borne = isNext ? bears : borne + bears
    return isNext ? [i] : []
  })
  assert.equal(
    turns.map(({ index }) => index),
    changes,
    `${name}: one yield wherever the lane goes from child to host, and for each fd more`,
  )
  assert.equal(
    turns.map(({ step }) => step.turn),
    turns.map((_, i) => i + 1),
    `${name}: turns are counted from 1`,
  )
  assert.is(segments.length, turns.length + 1, `${name}: a segment for each turn, and one before the program`)
  for (const { index, step } of turns) assert.is(segments[step.turn]![0]!.index, index, `${name}: turn ${step.turn}`)
}

test('lower keeps every step and derives the hand-overs when the plan is an example', () => {
  for (const { name, plan } of examplePlans) checkLowered(plan, name)
})

test('lower keeps every step and derives the hand-overs when the plan is any list of steps', () => {
  fc.assert(
    fc.property(anyPlan, plan => {
      checkLowered(plan, 'random')
    }),
  )
})

test('lower makes no hand-over when the child has nothing to wait for', () => {
  const lowered = lower(examplePlan('ch1.shell'))
  assert.equal(yields(lowered), [])
  assert.equal(lowered.segments, [[]])
})

test('lower hands over once for the maps when there is a user namespace', () => {
  const lowered = lower(examplePlan('ch2.userns'))
  assert.is(yields(lowered).length, 1)
  assert.equal(
    lowered.segments.map(segment => segment.map(({ step }) => step.phase).at(0)),
    [undefined, 'map'],
  )
})

const at = { why: 'test', by: 'test' } as const
const child: ChildStep = { ...at, op: 'setsid', phase: 'isolate' }
const tree: Step = { ...at, op: 'idmap_tree', path: '/rootfs', of: 'stage', phase: 'map' }
const map: Step = { ...at, op: 'write_proc', of: 'stage', file: 'uid_map', data: '', phase: 'map' }

test('lower says which fd comes along when a host step of that turn leaves one', () => {
  const lowered = lower({ steps: [child, map, child, map, tree, child] })
  assert.equal(
    yields(lowered).map(({ step }) => step.brings),
    [undefined, 'tree'],
  )
})

test('lower takes a turn for each fd', () => {
  const mount = { ...at, op: 'idmap_mount', of: 'init', mappings: null, tree: true, deep: true, phase: 'wire' } as const
  const [a, b] = ['/a', '/b'].map((source): Step => ({ ...mount, source }))
  const lowered = lower({ steps: [child, map, a!, b!, child] })
  assert.equal(
    yields(lowered).map(({ step }) => step.brings),
    ['mounts', 'mounts'],
  )
  assert.equal(
    lowered.segments.map(({ length }) => length),
    [0, 2, 1],
  )
})

test('lower puts host steps in front of the program when they come first', () => {
  const { segments, program } = lower({ steps: [map, map, child] })
  assert.is(segments[0]!.length, 2)
  assert.is(program.length, 1)
})

test.run()
