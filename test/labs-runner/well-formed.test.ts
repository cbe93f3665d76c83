import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Lab, labs } from '#labs/index'
import { partsOf } from '#labs/runner/attempt/attempts'
import { misshapenPlain } from '#labs/runner/attempt/plain-shapes'
import { type Answer, answerOne } from '#labs/runner/attempt/sandboxed'
import { malformed } from '#labs/runner/attempt/well-formed'
import { hear } from '#labs/runner/grade/evidence'
import { loadGrader } from '#labs/runner/grade/grade'
import { judgePlan } from '#labs/runner/grade/judge'
import { examplePlans } from '#support/examples'

const common = { phase: 'pivot', by: 'me', why: 'why not' }
const chroot = { ...common, op: 'chroot', path: '/srv' }

test('malformed() finds nothing when steps are those of the chapters', () => {
  for (const { name, plan } of examplePlans) assert.is(malformed(plan.steps), null, name)
})

const cases: readonly (readonly [what: string, value: unknown, says: string])[] = [
  ['a path is a number', [{ ...chroot, path: 7 }], 'step 0 (chroot): its path is 7'],
  ['a path is a list', [chroot, { ...chroot, path: ['/'] }], 'step 1 (chroot): its path is ["/"]'],
  ['a path holds a zero byte', [{ ...chroot, path: '/\0' }], 'step 0 (chroot): its path is "/\\u0000"'],
  ['a field is missing', [{ ...common, op: 'chroot' }], 'step 0 (chroot): its path is missing'],
  ['a mode is no number', [{ ...common, op: 'mkdir', target: '/', mode: '755' }], 'step 0 (mkdir): its mode is "755"'],
  [
    'a flag is none',
    [{ ...common, op: 'unshare', flags: ['CLONE_NEWS'] }],
    'step 0 (unshare): its flags is ["CLONE_NEWS"]',
  ],
  ['flags are no list', [{ ...common, op: 'unshare', flags: {} }], 'step 0 (unshare): its flags is {}'],
  ['what is tolerated is a number', [{ ...chroot, tolerate: 5 }], 'step 0 (chroot): its tolerate is 5'],
  ['what is tolerated is no errno', [{ ...chroot, tolerate: ['ENOPE'] }], 'step 0 (chroot): its tolerate is ["ENOPE"]'],
  ['a line holds anything', [{ ...common, op: 'ip_batch', lines: [[{}]] }], 'step 0 (ip_batch): its lines is [[{}]]'],
  ['an op is none', [{ ...common, op: 'constructor' }], "step 0 has op 'constructor', which is none"],
  [
    'an op is not for parts',
    [{ ...common, op: 'yield', turn: 1 }],
    "step 0 has op 'yield', which is not for a part: hand-overs are derived",
  ],
  ['there are far too many', Array(2000).fill(chroot), 'it returned 2000 steps: no container takes more than 1000'],
]
for (const [what, value, says] of cases) {
  test(`malformed() says where and what it is when ${what}`, () => {
    assert.is(malformed(JSON.parse(JSON.stringify(value))), says)
  })
}

const isPart = (lab: Lab, name: string): boolean => partsOf(lab).some(part => part.export === name)

test('hear() puts each part in its own place when a lab writes more than one', async () => {
  const lab = labs.find(({ beside }) => beside !== undefined)!
  const steps: Readonly<Record<string, object>> = {
    capabilities: { ...common, op: 'umask', mask: 1, phase: 'become' },
    boundingSet: { ...common, op: 'umask', mask: 2, phase: 'become' },
  }
  const heard = hear(lab, await loadGrader(lab), questions => ({
    answers: questions.map(({ export: name }): Answer => ({ value: [steps[name]] })),
    ended: null,
    printed: '',
  }))
  assert.ok(heard.kind === 'evidence')
  const name = heard.evidence.cases.find(one => one.includes('user'))!
  const become = heard.evidence.plan(name).steps.filter(({ phase }) => phase === 'become')
  const own = become.map(step => (step.by === `lab.${lab.part}` && step.op === 'umask' ? step.mask : step.op))
  assert.ok(own.indexOf(2) < own.indexOf('setresuid') && own.indexOf('setresuid') < own.indexOf(1), own.join())
  assert.is(heard.evidence.steps(name).length, 2)
})

test('a grader rejects the answer to another question when it is no list of steps', async () => {
  for (const lab of labs) {
    const grader = await loadGrader(lab)
    for (const value of [[null], [{ op: 'mkdir' }], {}, 'x', null, 7]) {
      const heard = hear(lab, grader, questions => ({
        answers: questions.map(
          ({ export: name }): Answer => ({ value: lab.plain !== true && isPart(lab, name) ? [] : value }),
        ),
        ended: null,
        printed: '',
      }))
      // what a plain function returns has a form that is looked at before anything is judged
      if (lab.plain === true && heard.kind === 'broken') continue
      assert.ok(heard.kind === 'evidence')
      assert.ok(judgePlan(lab, grader, heard.evidence).some(({ status }) => status === 'failed'))
    }
  }
})

test('misshapenPlain() says what came when it is not what the function returns', () => {
  assert.is(misshapenPlain('chainIds', ['sha256:1']), null)
  assert.is(misshapenPlain('chainIds', [1]), 'chainIds returned [1], which is not in its form')
  assert.is(misshapenPlain('meaningOf', { kind: 'whiteout', name: 'x' }), null)
  assert.match(misshapenPlain('meaningOf', { kind: 'whiteout' })!, /is not in its form$/)
  assert.is(misshapenPlain('commitSteps', [{ do: 'lock' }]), null)
  assert.match(misshapenPlain('commitSteps', [{ do: 'unlock' }])!, /unlock/)
  assert.match(misshapenPlain('hides', undefined)!, /returned nothing/)
})

test('an answer is a fault that says so when a part is async', () => {
  const answer = answerOne({ part: async () => [] }, { export: 'part', args: [[]] })
  assert.ok('fault' in answer)
  assert.is(answer.fault.message, 'it returned a promise: a part is not async, it gives its steps at once')
})

test.run()
