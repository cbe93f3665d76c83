import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { labs } from '#labs/index'
import { type Result, run } from '#support/cli'
import { firstFailure, hintsText, WorkingCopy, wrongOrder } from '#support/labs'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const onLinux = needs('linux', 'native', 'inside')
const lab = 'ch1/enter-root'

interface Progress {
  readonly current: string | null
  readonly labs: Readonly<Record<string, { hints: string[]; best?: { points: number }; last?: { failed?: string } }>>
}
const progressOf = (copy: WorkingCopy): Progress => copy.json('labs/progress.json')
const rowOf = (text: string, id: string): string => text.split('\n').find(line => line.includes(id)) ?? ''

test('list shows every lab with its state when it is asked', async () => {
  const copy = new WorkingCopy(world)
  const { code, stdout } = await copy.lab(['list'])
  assert.is(code, 0)
  assert.match(rowOf(stdout, lab), /not started.*A root directory of its own/)
  const { labs, version } = JSON.parse((await copy.lab(['list', '--json'])).stdout)
  assert.is(version, 1)
  assert.is(labs[0].lab, lab)
  assert.is(labs[0].state, 'not started')
  assert.not.ok(fs.existsSync(copy.path('labs/progress.json')), 'looking changes nothing')
})

test('start cuts the skeleton once when a lab is begun', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/task.md`, '# Title\n\nThe goal of\nit [all](x).\n\n## What\n\nno\n')
  const { code, stdout } = await copy.lab(['start', 'enter-root'])
  assert.is(code, 0)
  assert.match(stdout, /The goal of it all\.\n/)
  assert.match(stdout, /labs\/ch1\/enter-root\/attempt\.ts/)
  assert.match(stdout, /lab watch ch1\/enter-root/)
  const skeleton = copy.read(`labs/${lab}/attempt.ts`)
  assert.match(skeleton, /return unsolved\('ch1\/enter-root'\)/)
  assert.is(progressOf(copy).current, lab)
  copy.write(`labs/${lab}/attempt.ts`, 'mine')
  const again = await copy.lab(['start', lab])
  assert.is(again.code, 125)
  assert.match(again.stderr, /is there already.*lab reset ch1\/enter-root/)
  assert.is(copy.read(`labs/${lab}/attempt.ts`), 'mine')
  const goesOn = await copy.lab(['start'])
  assert.is(goesOn.code, 0)
  assert.match(goesOn.stdout, /begun already, and was not touched/)
  assert.is(copy.read(`labs/${lab}/attempt.ts`), 'mine')
})

test('a lab is found by path and by last word, and what comes near is said, when it is named', async () => {
  const copy = new WorkingCopy(world)
  assert.is((await copy.lab(['start', `labs/${lab}/attempt.ts`])).code, 0)
  assert.is((await copy.lab(['start', './labs/ch1/escape/'])).code, 0)
  const cases: readonly (readonly [string, RegExp])[] = [
    ['enter-rot', /lab 'enter-rot': there is none of that name \(did you mean ch1\/enter-root\?\)/],
    ['ch1/mount', /did you mean .*ch2\/mounts/],
    ['zzzzzz', /\(mini-docker lab list\)/],
    ['', /there is none/],
  ]
  for (const [said, expected] of cases) {
    const { code, stderr, stdout } = await copy.lab(['start', said])
    assert.is(code, 125, said)
    assert.is(stdout, '')
    assert.match(stderr, expected)
    assert.is(stderr.trim().split('\n').length, 1)
  }
})

onLinux('check explains the first failure, and counts what holds, when the order is wrong', async () => {
  const copy = new WorkingCopy(world)
  assert.is((await copy.lab(['start'])).code, 0)
  const unsolved = await copy.lab(['check'])
  assert.is(unsolved.code, 1)
  assert.match(unsolved.stdout, /not solved yet/)

  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  const failed = await copy.lab(['check'])
  assert.is(failed.code, 1)
  assert.match(failed.stdout, /✓ a chroot into the rootfs/)
  assert.match(failed.stdout, /✗ chroot leaves the working directory outside/)
  assert.match(failed.stdout, /– .*not run: the plan has to hold first/)
  assert.match(failed.stdout, /expected {2}.*\n.*found {5}/)
  assert.match(failed.stdout, /→ .*chroot\(".*"\) {2}yours/)
  assert.match(failed.stdout, new RegExp(`enter-root(/task\\.md)?#${firstFailure}`))
  assert.match(failed.stdout, /mini-docker lab hint ch1\/enter-root/)
  assert.is(progressOf(copy).labs[lab]!.last!.failed, firstFailure)
  assert.is(progressOf(copy).labs[lab]!.best, undefined)

  copy.solve(lab)
  const plan = await copy.lab(['check', '--plan'])
  assert.is(plan.code, 0)
  assert.match(plan.stdout, /nothing failed, 1 not run/)
  assert.is(progressOf(copy).labs[lab]!.best, undefined, 'what was not looked at earns nothing')
  const passed = await copy.lab(['check'])
  assert.is(passed.code, 0, passed.stdout)
  assert.match(passed.stdout, /passed: (\d+) of \1 points/)
  assert.ok(progressOf(copy).labs[lab]!.best!.points > 0)
  assert.match((await copy.lab(['status'])).stdout, /ch1 .*1 of 3 labs/)
  assert.match(rowOf((await copy.lab(['list'])).stdout, lab), /✓.*passed/)
})

/** Every effect is looked at, or is said to be out of reach: a right attempt never fails for who looks. */
needs(
  'root',
  'setpriv',
  'native',
  'inside',
)('check fails nothing that is right when an ordinary user asks', async () => {
  const copy = new WorkingCopy(world)
  const user = newUser(world)
  copy.solve(lab)
  copy.solve('ch2/isolate')
  copy.solve('ch2/bridge')
  copy.giveTo(user.uid)
  const { env = {}, prefix = [] } = user.options
  const { code, stdout, stderr } = await copy.lab(['check', lab, 'ch2/isolate', 'ch2/bridge'], { env, prefix })
  assert.is(code, 0, stdout + stderr)
  assert.not.match(stdout, /✗/)
  assert.match(stdout, /two containers reach each other.* not run: this machine lacks root, 0 of 1/)
  assert.match(stdout, /8 of 10 points$/m)
  assert.equal(await leftovers(world), [])
})

test('check shows types first, at the learner’s own line, when it does not compile', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder.replace('root.path', 'root.pth'))
  const { code, stdout } = await copy.lab(['check', lab])
  assert.is(code, 1)
  assert.match(stdout, /✗ labs\/ch1\/enter-root\/attempt\.ts:5:\d+: Property 'pth' does not exist/)
  const elsewhere = await copy.lab(['check', lab], { cwd: copy.path('labs/ch1') })
  assert.match(elsewhere.stdout, /✗ (\/\S+\/)?enter-root\/attempt\.ts:5:/)
  copy.write(`labs/${lab}/attempt.ts`, 'export const enterRoot = (\n')
  assert.match((await copy.lab(['check', lab])).stdout, /attempt\.ts:\d+:\d+: /)
})

test('run --lab leaves a skeleton out when another attempt is written, and says so', async () => {
  const copy = new WorkingCopy(world)
  await copy.lab(['start', 'ch1/find-program'])
  const explain = (): Promise<Result> =>
    run(world, ['ch1', 'run', '--lab', '--explain'], { cwd: copy.directory, cli: copy.path('dist/chapters/main.js') })
  const alone = await explain()
  assert.is(alone.code, 125)
  assert.match(alone.stderr, /is not solved yet.*lab watch ch1\/find-program/)
  assert.not.match(alone.stderr, /tmp/)
  copy.solve(lab)
  const both = await explain()
  assert.is(both.code, 0, both.stderr)
  assert.match(both.stderr, /find-program\/attempt\.ts is the skeleton still/)
})

test('check folds rows that are alike when a plan has many of them', async () => {
  const copy = new WorkingCopy(world)
  const id = 'ch1/escape'
  copy.write(`labs/${id}/attempt.ts`, copy.reference(id).replace("op: 'chroot', path: '.'", "op: 'chdir', path: '.'"))
  const { stdout } = await copy.lab(['check', id, '--plan'])
  assert.match(stdout, /takes-the-real-root: /)
  assert.match(stdout, /and \d\d more like it/)
  assert.ok(stdout.split('chdir("..")').length < 8, stdout)
})

test('hint begins with the check that failed, then rises, when it is asked again and again', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/hints.md`, hintsText)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  const hint = async (...more: string[]): Promise<string> => (await copy.lab(['hint', lab, ...more])).stdout
  assert.match((await copy.lab(['hint', lab, '--again'])).stderr, /none was seen yet/)
  assert.match(await hint(), /hint 1 of 3\n {2}first/)
  await copy.lab(['check', lab, '--plan'])
  assert.match(await hint(), /about starts-inside\n {2}about the order/)
  assert.match(await hint('--again'), /about the order/)
  assert.match(await hint(), /second/)
  assert.match(await hint(), /third/)
  assert.match(await hint(), /those were all the hints/)
  const all = await hint('--all')
  assert.ok(all.indexOf('first') < all.indexOf('about the order') && all.includes('third'))
  assert.equal(progressOf(copy).labs[lab]!.hints, ['1', firstFailure, '2', '3'])
})

onLinux('hint says that the lab is solved, and what to do next, when the attempt at hand has passed', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/hints.md`, hintsText)
  copy.solve(lab)
  assert.match((await copy.lab(['hint', lab])).stdout, /hint 1 of 3/)
  assert.is((await copy.lab(['check', lab])).code, 0)
  const { code, stdout } = await copy.lab(['hint', lab])
  assert.is(code, 0)
  assert.match(
    stdout,
    /^ch1\/enter-root is solved {2}\(mini-docker lab diff ch1\/enter-root; mini-docker lab next\)\n$/,
  )
  assert.equal(progressOf(copy).labs[lab]!.hints, ['1'], 'no hint is counted as seen')
  assert.match((await copy.lab(['hint', lab, '--all'])).stdout, /first/)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  assert.match((await copy.lab(['hint', lab])).stdout, /hint 2 of 3/, 'who solves it anew gets hints')
})

onLinux('diff shows the reference when the lab is solved, and not before', async () => {
  const copy = new WorkingCopy(world)
  copy.write(`labs/${lab}/attempt.ts`, wrongOrder)
  const early = await copy.lab(['diff', lab])
  assert.is(early.code, 125)
  assert.match(early.stderr, /is not solved yet/)
  copy.write(`labs/${lab}/attempt.ts`, copy.reference(lab).replace(/why: '.*'/, "why: 'mine'"))
  assert.is((await copy.lab(['check', lab])).code, 0)
  copy.write('labs/progress.json', copy.read('labs/progress.json').replace('"best"', '"other"'))
  assert.match((await copy.lab(['diff', lab])).stderr, /passed by a grader that is not the published one/)
  copy.write('labs/progress.json', copy.read('labs/progress.json').replace('"other"', '"best"'))
  const { code, stdout } = await copy.lab(['diff', lab])
  assert.is(code, 0)
  assert.match(stdout, /^-.*why: 'mine'/m)
  assert.match(stdout, /^\+.*from here on every path/m)
  assert.not.match(stdout, /\x1b|tmp/)
})

test('reset keeps what was written when it goes back to the skeleton', async () => {
  const copy = new WorkingCopy(world)
  assert.match((await copy.lab(['reset', lab])).stderr, /is not there.*lab start ch1\/enter-root/)
  await copy.lab(['start', lab])
  const skeleton = copy.read(`labs/${lab}/attempt.ts`)
  for (const text of ['mine', 'mine too', 'mine']) {
    copy.write(`labs/${lab}/attempt.ts`, text)
    const { code, stdout } = await copy.lab(['reset'])
    assert.is(code, 0)
    assert.match(stdout, /what you wrote is kept: .*attempt\.ts\.bak/)
    assert.is(copy.read(`labs/${lab}/attempt.ts`), skeleton)
  }
  assert.is(copy.read(`labs/${lab}/attempt.ts.bak`), 'mine')
  assert.is(copy.read(`labs/${lab}/attempt.ts.bak2`), 'mine too')
  assert.not.ok(fs.existsSync(copy.attempt(`${lab}.bak3`)))
})

test('next goes on, and round, when labs are left', async () => {
  const copy = new WorkingCopy(world)
  assert.match((await copy.lab(['next'])).stdout, /^ch1\/enter-root/)
  assert.match((await copy.lab(['next'])).stdout, /^ch1\/find-program/)
  await copy.lab(['start', labs.at(-1)!.id])
  assert.match((await copy.lab(['next'])).stdout, /^ch1\/enter-root/)
})

test('help is shown for the labs and for each command when it is asked for', async () => {
  const copy = new WorkingCopy(world)
  const { stdout } = await copy.lab(['--help'])
  for (const verb of ['list', 'start', 'watch', 'check', 'hint', 'diff', 'reset', 'next', 'status', 'new', 'lint']) {
    assert.match(stdout, new RegExp(`^ {2}${verb} `, 'm'))
    const own = await copy.lab([verb, '--help'])
    assert.is(own.code, 0)
    assert.match(own.stdout, new RegExp(`Usage: mini-docker lab ${verb}`))
    assert.match(own.stdout, /Examples:\n {2}\$ mini-docker lab/)
  }
  assert.match((await copy.lab(['check', lab, '--help'])).stdout, /Usage: mini-docker lab check/)
})

test('check grades several labs, a chapter, and all, once each, when they are asked for', async () => {
  const copy = new WorkingCopy(world)
  const ids = async (...args: string[]): Promise<string[]> => {
    const { stdout, stderr } = await copy.lab(['check', '--json', '--plan', ...args])
    assert.is(stderr, '')
    return (JSON.parse(stdout) as { labs: { lab: string }[] }).labs.map(one => one.lab)
  }
  assert.equal(await ids('escape', 'ch1/enter-root', 'escape'), ['ch1/escape', 'ch1/enter-root'])
  const chapter = labs.filter(one => one.chapter === 'ch1').map(({ id }) => id)
  assert.equal(await ids('--chapter', 'ch1'), chapter)
  assert.equal(await ids('--chapter', 'ch1', '--chapter=ch1'), chapter)
  assert.equal(
    await ids('--all'),
    labs.map(({ id }) => id),
  )
})

test.run()
