import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkingCopy, wrongOrder } from '#support/labs'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { newWorld, until } from '#support/world'

const world = newWorld()
const lab = 'ch1/enter-root'

test('one clear line and 125 come back when what was given is of no use', async () => {
  const copy = new WorkingCopy(world)
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['nope'], /command 'lab nope': is unknown \(mini-docker lab --help\)/],
    [['list', 'x'], /lab list takes none/],
    [['start', 'ch1/escape', 'ch1/enter-root'], /argument 'ch1\/enter-root': lab start takes one lab/],
    [['start', '--force'], /flag '--force': is unknown/],
    [['check', lab, '--jsn'], /flag '--jsn': is unknown/],
    [['check', '--all', lab], /labs were given in two ways/],
    [['check', '--all', '--chapter', 'ch1'], /labs were given in two ways/],
    [['check', '--chapter', 'ch9'], /labs of 'ch9': there are none \(ch1, ch2, ch3, ch4, ch5, ch7\)/],
    [['check', 'nope\x1b[31m'], /lab 'nope\\u001b\[31m': there is none/],
    [['check', lab, '--junit'], /needs a value/],
    [['check', lab, '--junit', '/nope/x.xml'], /junit file '\/nope\/x\.xml': cannot be written/],
    [['check', lab, '--junit', '/tmp'], /junit file '\/tmp': cannot be written: it is a directory/],
    [['new'], /needs the id of the lab/],
    [['new', 'Ch1'], /is no id/],
    [['new', lab], /is there already/],
    [['new', 'ch1/x'], /--source: is missing/],
    [['new', 'ch1/x', '--source', 'chapters/ch1-chroot/nope.ts', '--part', 'x'], /does not exist/],
    [['new', 'ch1/x', '--source', '../../etc/passwd', '--part', 'x'], /is no file of ch1/],
    [['new', 'ch1/x', '--source', 'chapters/ch1-chroot/cli.ts', '--part', 'x'], /has no '\/\/ #region part'/],
    [['new', 'ch1/x', '--source', 'chapters/ch1-chroot/enter-root.ts', '--part', 'x'], /export 'x': is none of/],
  ]
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await copy.lab(args)
    assert.is(code, 125, `${args.join(' ')}: ${stdout}${stderr}`)
    assert.match(stderr, expected)
    assert.is(stderr.trim().split('\n').length, 1, stderr)
  }
  assert.not.ok(fs.existsSync(copy.path('labs/ch1/x')))
})

test('a broken progress file is said to be so, and kept, when it is read', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /is no JSON/],
    ['[]', /is no object/],
    ['{"version":2}', /is of version 2, this tool knows version 1/],
    ['<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n', /holds the marks of a merge/],
    ['{"version":1,"current":null,"labs":{"x":{}}}', /its hints of 'x' are no list/],
    ['{"version":1,"current":null,"labs":{"x":{"hints":[],"best":{}}}}', /its result of 'x' is none/],
    ['{"version":1,"current":7,"labs":{}}', /'current' names no lab/],
  ]
  for (const [text, expected] of cases) {
    copy.write('labs/progress.json', text)
    for (const args of [['list'], ['status'], ['next'], ['hint'], ['check']]) {
      const { code, stderr } = await copy.lab(args)
      assert.is(code, 125, `${args}: ${text}`)
      assert.match(stderr, expected)
      assert.match(stderr, /mend it, or put it aside/)
    }
    assert.is(copy.read('labs/progress.json'), text)
  }
  const named = await copy.lab(['check', lab, '--plan'])
  assert.is(named.code, 1, 'a lab that is named is graded all the same')
  assert.match(named.stdout, /✗/)
  assert.match(
    named.stderr,
    /this is not recorded: labs\/progress\.json: 'current'|this is not recorded: labs\/progress\.json/,
  )
  assert.is(copy.read('labs/progress.json'), cases.at(-1)![0])
})

test('progress of labs that this copy does not know is kept when others are recorded', async () => {
  const copy = new WorkingCopy(world)
  const future = { 'ch9/later': { hints: ['1'], best: { status: 'passed', points: 10, of: 10, attempt: 'sha256:x' } } }
  copy.write('labs/progress.json', JSON.stringify({ version: 1, current: 'ch9/later', labs: future }))
  assert.is((await copy.lab(['start'])).code, 0)
  assert.equal(copy.json<{ labs: object }>('labs/progress.json').labs, future)
  assert.not.ok(fs.readdirSync(copy.path('labs')).some(name => name.startsWith('.progress')))
})

test('nothing is left in the temporary directory when a check ends, or is interrupted', async () => {
  const copy = new WorkingCopy(world)
  const tmp = world.path('tmp')
  fs.mkdirSync(tmp, { mode: 0o1777 })
  fs.chmodSync(tmp, 0o1777)
  const env = { TMPDIR: tmp }
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  await copy.lab(['check', lab], { env })
  assert.equal(fs.readdirSync(tmp), [])
  copy.write(`labs/${lab}/attempt.ts`, 'export const enterRoot = (): never => {\n  for (;;);\n}\n')
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const running = copy.begin(['check', lab], { env })
    await new Promise(resolve => setTimeout(resolve, 1500))
    process.kill(running.pid, signal)
    assert.is((await running.done).code, code)
    assert.equal(fs.readdirSync(tmp), [], signal)
    // what was killed takes a moment to be gone
    await until(`nothing runs below ${tmp}`, () => spawnSync('pgrep', ['-f', tmp]).stdout.length === 0)
  }
  assert.not.ok(fs.readdirSync(copy.path('dist')).some(name => name.startsWith('types.')))
})

needs('root', 'setpriv')(
  'a verdict is given, and what is not recorded is said, when nothing can be written',
  async () => {
    const copy = new WorkingCopy(world)
    copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
    const { env, prefix = [] } = newUser(world).options
    const { code, stdout, stderr } = await copy.lab(['check', lab, '--plan'], { env: env ?? {}, prefix })
    assert.is(code, 1)
    assert.match(stdout, /failed: /)
    assert.match(stderr, /this is not recorded: labs\/progress\.json: EACCES/)
    const begun = await copy.lab(['start', 'ch1/escape'], { env: env ?? {}, prefix })
    assert.is(begun.code, 125)
    assert.is(begun.stderr.trim().split('\n').length, 1, begun.stderr)
  },
)

test.run()
