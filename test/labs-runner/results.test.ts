import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CheckResult, LabResult, Results } from '#labs/runner/grade/results'
import { annotations } from '#labs/runner/report/annotations'
import { junit } from '#labs/runner/report/junit'
import { WorkingCopy, wrongOrder } from '#support/labs'
import { readSource } from '#support/repository'
import { newWorld } from '#support/world'
import { wellFormed } from '#support/xml'

const world = newWorld()
const lab = 'ch1/enter-root'

/** Stricter than what is published: a field that the schema does not document is an error here. */
function closed(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(closed)
  const all = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return all.type === 'object' ? { ...all, additionalProperties: false } : all
}
const schema = JSON.parse(readSource('site/public/lab-results-1.schema.json')) as object
const published = new Ajv2020({ strictTypes: false, allErrors: true }).compile(schema)
const strict = new Ajv2020({ strictTypes: false, allErrors: true }).compile(closed(schema) as object)
const valid = (value: unknown): void => {
  assert.ok(strict(value), JSON.stringify(strict.errors))
  assert.ok(published(value))
}

test('results obey their schema when attempts of every kind are checked', async () => {
  const copy = new WorkingCopy(world)
  const kinds: readonly (readonly [string | null, string, number])[] = [
    [null, 'not started', 1],
    [copy.reference(lab), 'incomplete', 0],
    [wrongOrder, 'failed', 1],
    [wrongOrder.replace('root.path', 'nope'), 'broken', 1],
  ]
  for (const [text, status, exit] of kinds) {
    if (text !== null) copy.write(`labs/${lab}/attempt.ts`, text)
    const { code, stdout } = await copy.lab(['check', lab, '--json', '--plan'])
    const results = JSON.parse(stdout) as Results
    valid(results)
    assert.is(results.labs[0]!.status, status)
    assert.is(code, exit)
    assert.ok(results.grader.intact)
    assert.equal(results.grader.changed, [])
    const { of, parts } = results.labs[0]!
    assert.is(parts.plan.of + parts.invariant.of + parts.effect.of, of)
  }
})

test('the schema refuses what it does not mean when results are not in its form', () => {
  const results = resultsOf([failed])
  valid(results)
  const { failure: _, ...without } = failed
  assert.not.ok(strict(resultsOf([without])))
  assert.not.ok(strict(resultsOf([{ ...failed, points: 3 }])))
  assert.not.ok(strict({ ...results, version: 2 }))
  assert.not.ok(strict({ ...results, more: 1 }))
  assert.ok(published({ ...results, more: 1 }), 'a later field is no error to who reads')
})

const failed: CheckResult = {
  id: 'a-check',
  title: 'a <title> & "more"',
  rung: 'plan',
  status: 'failed',
  points: 0,
  of: 3,
  page: '/labs/ch1/enter-root#a-check',
  failure: {
    expected: 'x < y\0\x1b[31m \ud800 ]]>',
    found: '100% wrong\r\n::error::forged',
    rows: [{ index: 0, phase: 'pivot', call: 'chdir("</testcase>")', own: true, marked: true }],
  },
}
const notRun: CheckResult = { ...without(failed, 'failure'), status: 'not run', reason: 'this machine lacks <x>' }

function without<T, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value
  return rest
}

function resultsOf(checks: readonly CheckResult[], more: Partial<LabResult> = {}): Results {
  const none = { points: 0, of: 0 }
  const one: LabResult = {
    lab,
    title: 'A root',
    chapter: 'ch1',
    status: 'failed',
    ...none,
    parts: { plan: none, invariant: none, effect: none },
    checks,
    problems: [],
    printed: '\x07<b>',
    seconds: 1.23456,
    ...more,
  }
  const grader = { digest: `sha256:${'0'.repeat(64)}`, intact: true, changed: [] }
  return { version: 1, tool: 'mini-docker 0.1.0', grader, platform: 'linux-x64', root: false, ...none, labs: [one] }
}

test('JUnit is well-formed, and counts, when texts are hostile', () => {
  const text = junit(resultsOf([failed, notRun, { ...without(failed, 'failure'), status: 'passed', points: 3 }]))
  const elements = wellFormed(text)
  const of = (name: string) => elements.filter(element => element.name === name)
  assert.is(of('testsuite').length, 1)
  assert.is(of('testcase').length, 3)
  assert.is(of('failure').length, 1)
  assert.is(of('skipped').length, 1)
  const { tests, failures, errors, skipped } = of('testsuite')[0]!.attributes
  assert.equal([tests, failures, errors, skipped], ['3', '1', '0', '1'])
})

test('JUnit fails as a whole when nothing of a lab could be checked', () => {
  for (const [status, kind] of [
    ['broken', 'error'],
    ['unsolved', 'failure'],
    ['not started', 'failure'],
  ] as const) {
    const names = wellFormed(junit(resultsOf([notRun], { status, problems: ['labs/x:1:2: y'] }))).map(
      ({ name }) => name,
    )
    assert.ok(names.includes(kind), status)
    assert.ok(names.includes('skipped'))
  }
})

test('annotations stand at the learner’s lines, one line each, when something is wrong', () => {
  const at = () => 7
  const [first, second, ...rest] = annotations(resultsOf([failed, notRun]), at).split('\n')
  assert.match(
    first!,
    /^::error file=labs\/ch1\/enter-root\/attempt\.ts,line=7,title=ch1\/enter-root%3A a-check::a <title>/,
  )
  assert.match(first!, /100%25 wrong%0D%0A::error::forged$/)
  assert.match(second!, /^::notice file=.*not run: this machine lacks <x>$/)
  assert.equal(rest, [''])
  const problems = [
    'labs/ch1/enter-root/attempt.ts:3:9: no',
    "in the case 'x' it threw: labs/ch1/enter-root/attempt.ts:5:2: boom",
    'odd',
  ]
  const broken = annotations(resultsOf([notRun], { status: 'broken', problems }), at)
  assert.match(broken, /^::error file=labs\/ch1\/enter-root\/attempt\.ts,line=3,col=9,title=ch1\/enter-root::no$/m)
  assert.match(broken, /line=5,col=2,.*::boom$/m)
  assert.match(broken, /line=7,.*::odd$/m)
  assert.not.match(broken, /notice/)
})

test('check writes JUnit and annotations beside its text, and beside JSON, when both are asked for', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  const file = copy.path('labs.xml')
  const text = await copy.lab(['check', lab, '--annotations', '--junit', file])
  assert.match(text.stdout, /✗/)
  assert.match(text.stdout, /^::error file=labs\/ch1\/enter-root\/attempt\.ts,line=3,/m)
  assert.ok(wellFormed(fs.readFileSync(file, 'utf8')).some(({ name }) => name === 'failure'))
  const json = await copy.lab(['check', lab, '--annotations', '--json'])
  valid(JSON.parse(json.stdout))
  assert.match(json.stderr, /^::error file=/m)
})

test('points do not count when the grader is not the published one', async () => {
  const copy = new WorkingCopy(world)
  copy.solve(lab)
  const check = async (): Promise<Results> => JSON.parse((await copy.lab(['check', lab, '--json', '--plan'])).stdout)
  const { grader, points } = await check()
  assert.ok(points > 0)
  assert.is(
    grader.digest,
    `sha256:${execFileSync('sha256sum', [copy.path('labs/graders.sha256')])
      .toString()
      .slice(0, 64)}`,
  )
  execFileSync('sha256sum', ['--quiet', '-c', 'labs/graders.sha256'], { cwd: copy.directory })

  const name = 'dist/test/labs/ch1/enter-root.js'
  const whole = copy.read(name)
  copy.write(name, whole.replace('points: 2', 'points: 200'))
  const changed = await check()
  valid(changed)
  assert.equal(changed.grader.changed, [name])
  assert.is(changed.points, 0)
  assert.not.equal(changed.grader.digest, grader.digest)
  const { code, stdout } = await copy.lab(['check', lab])
  assert.is(code, 1)
  assert.match(stdout, /the points do not count[\s\S]*enter-root\.js[\s\S]*npm run build/)
  assert.match((await copy.lab(['status'])).stdout, /0 points[\s\S]*the points do not count/)

  copy.write(name, whole)
  assert.ok((await check()).grader.intact)
  for (const text of [null, '', 'not a list\n']) {
    if (text === null) fs.rmSync(copy.path('labs/graders.sha256'))
    else copy.write('labs/graders.sha256', text)
    const { intact, changed: missing } = (await check()).grader
    assert.not.ok(intact)
    assert.equal(missing, ['labs/graders.sha256'])
  }
})

test.run()
