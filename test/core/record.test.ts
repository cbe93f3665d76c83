import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { drive } from '#core/exec/driver'
import { recordExecutor } from '#core/exec/record'
import { lower } from '#core/plan/lower'
import { isChildStep } from '#core/plan/ops'
import type { HostStep } from '#core/plan/step'
import { errnos } from '#core/sys/constants'
import { examplePlan, examplePlans } from '#support/examples'

const nobody: Parameters<ReturnType<typeof recordExecutor>['open']>[0] = { fds: [0, 1, 2] }

test('record performs both lanes in the order of the plan when it is an example', async () => {
  for (const { name, plan } of examplePlans) {
    const executor = recordExecutor()
    const order: number[] = []
    const indexOf = (step: HostStep): number => plan.steps.indexOf(step)
    const outcome = await drive(lower(plan), executor.open(nobody).channel, step => void order.push(indexOf(step)), {
      trace: true,
      onStep: ({ index }) => {
        if (isChildStep(plan.steps[index]!)) order.push(index)
      },
    })
    assert.equal(outcome, { kind: 'exited', status: 0 }, name)
    assert.equal(
      order,
      plan.steps.map((_, i) => i),
      name,
    )
  }
})

test('record remembers every child step when it is driven through', async () => {
  const plan = examplePlan('ch2.userns')
  const executor = recordExecutor()
  await drive(lower(plan), executor.open(nobody).channel, () => undefined)
  assert.equal(
    executor.steps,
    plan.steps.flatMap((step, index) => (isChildStep(step) ? [{ index, op: step.op }] : [])),
  )
})

test('the driver reports the very index when any step of any example fails', async () => {
  for (const { name, plan } of examplePlans) {
    for (const [index, step] of plan.steps.entries()) {
      const executor = recordExecutor(isChildStep(step) ? { failAt: { index, errno: 'EROFS' } } : {})
      const performed: HostStep[] = []
      const outcome = await drive(lower(plan), executor.open(nobody).channel, host => {
        if (host === step) throw Object.assign(new Error('as asked'), { code: 'EROFS' })
        performed.push(host)
        return undefined
      })
      assert.is(outcome.kind, 'failed', `${name} at ${index}`)
      assert.is(outcome.kind === 'failed' && outcome.index, index, name)
      assert.is(outcome.kind === 'failed' && outcome.errno, 'EROFS', name)
      assert.ok(
        executor.steps.every(done => done.index < index),
        `${name}: nothing of the child comes after ${index}`,
      )
      assert.ok(
        performed.every(done => plan.steps.indexOf(done) < index),
        `${name}: nothing of the host comes after ${index}`,
      )
    }
  }
})

test('the driver reports a hand-over when the child fails in it', async () => {
  const plan = examplePlan('ch2.userns')
  const index = plan.steps.findIndex(step => !isChildStep(step))
  const { channel } = recordExecutor({ failAt: { index, errno: 'EPROTO' } }).open(nobody)
  const outcome = await drive(lower(plan), channel, step => {
    throw new Error(`${step.op} was performed`)
  })
  assert.equal(outcome, { kind: 'failed', index, errno: 'EPROTO' })
})

test('the driver gives the wait status when the program has run', async () => {
  const { channel } = recordExecutor({ status: 42 << 8 }).open(nobody)
  assert.equal(await drive(lower(examplePlan('ch1.shell')), channel, () => undefined), {
    kind: 'exited',
    status: 42 << 8,
  })
})

test('record fails as a fault step says when the plan holds one', async () => {
  const { steps } = examplePlan('ch1.shell')
  const fault = { ...steps[1]!, op: 'fault', errno: 'ENOMEM' } as const
  const plan = { steps: steps.with(1, { ...fault, phase: 'pivot' }) }
  const outcome = await drive(lower(plan), recordExecutor().open(nobody).channel, () => undefined)
  assert.equal(outcome, { kind: 'failed', index: 1, errno: 'ENOMEM' })
  assert.is(errnos.ENOMEM, 12)
})

test.run()
