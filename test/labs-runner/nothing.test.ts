import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Step } from '#core/plan/step'
import { labs } from '#labs/index'
import { lintPointless } from '#labs/runner/author/pointless'
import { hear } from '#labs/runner/grade/evidence'
import { loadGrader } from '#labs/runner/grade/grade'
import { judgePlan } from '#labs/runner/grade/judge'
import type { CheckResult } from '#labs/runner/grade/results'

const lab = labs.find(({ id }) => id === 'ch1/enter-root')!
const grader = await loadGrader(lab)

function judged(value: readonly Step[]): CheckResult[] {
  const heard = hear(lab, grader, questions => ({
    answers: questions.map(() => ({ value })),
    ended: null,
    printed: '',
  }))
  return heard.kind === 'evidence' ? judgePlan(lab, grader, heard.evidence) : []
}

test('an attempt earns no point in any lab when it returns no step, or others than it was asked for', async () => {
  const earning: string[] = []
  for (const one of labs)
    earning.push(...lintPointless(one, await loadGrader(one)).map(problem => `${one.id}: ${problem}`))
  assert.equal(earning, [])
})

test('lint names the rules that hold of nothing when a grader gives points for them', () => {
  const [problem] = lintPointless(lab, { ...grader, about: [] })
  assert.is(problem, 'an attempt of no step earns points: chdir-after-chroot, other-rules')
})

test('a rule that holds of nothing says what it waits for when another check fails', () => {
  const rule = judged([]).find(({ id }) => id === 'chdir-after-chroot')!
  assert.is(rule.status, 'not run')
  assert.is(rule.reason, 'there is no chroot yet')
})

test('a rule that holds of something earns its points when another check fails', () => {
  const step = { phase: 'pivot', by: 'me', why: 'somewhere else' } as const
  const elsewhere = judged([
    { ...step, op: 'chroot', path: '/elsewhere' },
    { ...step, op: 'chdir', path: '/' },
  ])
  assert.equal(
    elsewhere.flatMap(({ id, points }) => (points > 0 ? [id] : [])),
    ['chdir-after-chroot', 'before-the-program-is-looked-for', 'tolerates-nothing', 'other-rules'],
  )
})

test.run()
