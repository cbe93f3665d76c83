import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodeOf } from '#core/cli/performed'
import { MiniDockerError } from '#core/errors'
import { codeOf, type Outcome } from '#core/exec/outcome'
import { lostError, stepError } from '#core/exec/start-error'
import { find } from '#core/plan/query'
import { errnos } from '#core/sys/constants'
import { examplePlan, examplePlans } from '#support/examples'

const plan = examplePlan('ch1.user')
const at = (tag: string): number => find(plan, tag).at(-1)!.index

async function errorOf(outcome: Outcome): Promise<MiniDockerError> {
  try {
    await exitCodeOf(plan, outcome)
  } catch (error) {
    if (error instanceof MiniDockerError) return error
    throw error
  }
  throw new Error('no error')
}
const failed = (tag: string, errno: string): Promise<MiniDockerError> =>
  errorOf({ kind: 'failed', index: at(tag), errno })

test("exitCodeOf is the program's own code when it exits", async () => {
  for (const code of [0, 1, 42, 255]) assert.is(await exitCodeOf(plan, { kind: 'exited', status: code << 8 }), code)
})

test('exitCodeOf is 128 and the signal when one ends it', async () => {
  assert.is(await exitCodeOf(plan, { kind: 'exited', status: 9 }), 137)
  assert.is(await exitCodeOf(plan, { kind: 'exited', status: 15 }), 143)
  assert.is(codeOf(11 | 0x80), 139, 'with a core dump')
})

test('a start is 127 when the program is not there', async () => {
  for (const [tag, errno] of [
    ['lookup', 'ENOENT'],
    ['lookup', 'ENOTDIR'],
    ['execve', 'ENOENT'],
  ] as const) {
    assert.is((await failed(tag, errno)).exit, 127, `${tag} ${errno}`)
  }
})

test('a start is 126 when the program cannot be executed', async () => {
  for (const [tag, errno] of [
    ['lookup', 'EACCES'],
    ['execve', 'ENOEXEC'],
    ['execve', 'EACCES'],
    ['execve', 'E2BIG'],
  ] as const) {
    assert.is((await failed(tag, errno)).exit, 126, `${tag} ${errno}`)
  }
})

test('a start is 126 or 127 when the working directory cannot be entered', async () => {
  assert.is((await failed('chdir', 'EACCES')).exit, 126)
  assert.is((await failed('chdir', 'ENOENT')).exit, 127)
})

test('a start is 125 when anything else fails', async () => {
  for (const tag of ['chroot', 'setgroups', 'setresuid', 'close_fds']) {
    assert.is((await failed(tag, 'EPERM')).exit, 125, tag)
  }
})

test('the error names the program when it is not found', async () => {
  const error = await failed('lookup', 'ENOENT')
  assert.is(error.message, "command 'id': ENOENT")
  assert.is(error.class, 'NotFound')
})

test('the error names step, call and errno when a step fails', async () => {
  const error = await failed('setresuid', 'EPERM')
  assert.is(error.message, `step ${at('setresuid')} setresuid(1000, 1000, 1000): EPERM`)
  assert.ok(error.hint !== undefined)
})

test('the error keeps what the host said when a host step fails', async () => {
  const error = await errorOf({ kind: 'failed', index: 0, errno: 'EIO', detail: 'ip: no such thing' })
  assert.ok(error.message.endsWith('EIO: ip: no such thing'))
})

test('stepError says something for every step of every example when any errno comes', () => {
  for (const { name, plan } of examplePlans) {
    plan.steps.forEach((step, index) => {
      for (const errno of [...Object.keys(errnos), 'errno 524']) {
        const { message, exit, hint } = stepError(plan, { kind: 'failed', index, errno })
        assert.ok([125, 126, 127].includes(exit), name)
        assert.ok(message.includes(errno) && !message.endsWith('.'), `${name}: ${step.op}: ${message}`)
        assert.not(hint?.endsWith('.') ?? false, `${name}: ${hint}`)
      }
    })
  }
})

test('stepError says the index when the plan has no such step', () => {
  assert.is(stepError(plan, { kind: 'failed', index: 4711, errno: 'EIO' }).message, 'step 4711: EIO')
})

test('a start is 137 when the stage is killed before the program runs', () => {
  const error = lostError(plan, { kind: 'lost', status: 9, index: 2 })
  assert.is(error.exit, 137)
  assert.match(error.message, /after step 2 \(\w+\): was ended by SIGKILL before the program ran$/)
})

test('a start is 125 when the stage ends and nobody knows how', () => {
  assert.is(lostError(plan, { kind: 'lost', status: null, index: 0 }).exit, 125)
  assert.is(lostError(plan, { kind: 'lost', status: 0, index: 0 }).exit, 125)
  assert.is(
    lostError(plan, { kind: 'lost', status: 3 << 8, index: 999 }).message,
    'the stage: ended before the program ran',
  )
})

test.run()
