import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Channel } from '#core/exec/channel'
import { type DriverEvents, drive, type PerformHostStep } from '#core/exec/driver'
import type { Outcome } from '#core/exec/outcome'
import { decodeProgram } from '#core/exec/program'
import type { Report, ReportKind } from '#core/exec/report'
import { lower } from '#core/plan/lower'
import type { Plan, Step } from '#core/plan/step'
import { needs } from '#support/needs'

const at = { why: 'test', by: 'test' } as const
const child: Step = { ...at, op: 'setsid', phase: 'isolate' }
const host = (path: string, phase: Step['phase']): Step => ({ ...at, op: 'remove_file', path, phase })
/** prepare a, child, map b c, child, wire d, execve */
const plan: Plan = {
  steps: [
    host('a', 'prepare'),
    { ...child, phase: 'enter' },
    host('b', 'map'),
    host('c', 'map'),
    child,
    host('d', 'wire'),
    { ...at, op: 'execve', args: ['x'], env: [], phase: 'exec' },
  ],
}

type Said = readonly [kind: ReportKind, index?: number, value?: number]

interface Scene {
  /** What was said and done, in order: `stage`, `host a`, `send program`, `send turn 1 with fd` … */
  readonly story: string[]
  readonly outcome: Outcome
}

/** A far end that says its lines, whatever it is told. */
async function play(lines: readonly Said[], options: Partial<Options> = {}): Promise<Scene> {
  const story: string[] = []
  const left = [...lines]
  const channel: Channel = {
    send(bytes, fd) {
      const what = bytes.length === 4 ? `turn ${Buffer.from(bytes).readUInt32LE(0)}` : 'program'
      if (what === 'program') decodeProgram(Buffer.from(bytes))
      story.push(`send ${what}${fd === undefined ? '' : ' with fd'}`)
      if (options.refuse !== undefined) throw Object.assign(new Error('send'), { code: options.refuse })
    },
    async next() {
      const line = left.shift()
      if (line === undefined) return null
      const [kind, index = 0, value = 0] = line
      story.push(kind)
      const report: Report = { kind, index, value, start: 1n, end: 2n }
      return { report, fd: kind === 'fd' ? 99 : null }
    },
    close: () => undefined,
  }
  const perform: PerformHostStep = (step, processes) => {
    story.push(`host ${'path' in step ? step.path : step.op}`)
    return options.perform?.(step, processes)
  }
  const outcome = await drive(lower(plan), channel, perform, options.events)
  return { story, outcome }
}
interface Options {
  readonly perform: PerformHostStep
  readonly events: DriverEvents & { readonly trace?: boolean }
  readonly refuse: string
}

const whole: readonly Said[] = [
  ['stage', 0, 100],
  ['yield', 1],
  ['init', 0, 101],
  ['yield', 2],
  ['execing', 6],
  ['running'],
  ['exit', 0, 0],
]

test('the driver sends the program when the first segment is done, and a turn when the next is', async () => {
  const { story, outcome } = await play(whole)
  assert.equal(outcome, { kind: 'exited', status: 0 })
  assert.equal(story, [
    ...['stage', 'host a', 'send program'],
    ...['yield', 'host b', 'host c', 'send turn 1'],
    ...['init', 'yield', 'host d', 'send turn 2'],
    ...['execing', 'running', 'exit'],
  ])
})

test('the driver knows the processes when host steps ask for them', async () => {
  const seen: string[] = []
  await play(whole, {
    perform: (step, { stage, init }) => {
      seen.push(`${'path' in step ? step.path : ''} ${stage} ${init}`)
      return undefined
    },
  })
  assert.equal(seen, ['a 100 undefined', 'b 100 undefined', 'c 100 undefined', 'd 100 101'])
})

test('the driver tells of everything once when it is listened to', async () => {
  const heard: string[] = []
  await play([...whole.slice(0, 5), ['fd', 0, 3], ...whole.slice(5)], {
    events: {
      onTurn: turn => void heard.push(`turn ${turn}`),
      onStage: pid => void heard.push(`stage ${pid}`),
      onInit: pid => void heard.push(`init ${pid}`),
      onConsole: fd => void heard.push(`console ${fd}`),
      onRunning: () => void heard.push('running'),
    },
  })
  assert.equal(heard, ['stage 100', 'turn 0', 'turn 1', 'init 101', 'turn 2', 'console 99', 'running'])
})

test('the driver sends nothing more when a host step fails', async () => {
  const { story, outcome } = await play(whole, {
    perform: step => {
      if ('path' in step && step.path === 'c') throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
      return undefined
    },
  })
  assert.equal(outcome, { kind: 'failed', index: 3, errno: 'ENOSPC', detail: 'no room' })
  assert.equal(story.slice(-3), ['yield', 'host b', 'host c'])
})

test('the driver never sends the program when the first segment fails', async () => {
  const { story, outcome } = await play(whole, {
    perform: () => {
      throw Object.assign(new Error('EIO: no'), { code: 'EIO' })
    },
  })
  assert.equal(outcome, { kind: 'failed', index: 0, errno: 'EIO', detail: 'no' })
  assert.equal(story, ['stage', 'host a'])
})

test('the driver gives the failure when the stage reports one and ends', async () => {
  const lines: Said[] = [['stage'], ['fail', 4, 22], ['running'], ['exit', 0, 256]]
  const { outcome } = await play(lines)
  assert.equal(outcome, { kind: 'failed', index: 4, errno: 'EINVAL' })
  assert.equal((await play(lines.slice(0, 2))).outcome, outcome, 'also when nothing follows')
})

test('the driver gives the failure when execve fails after all', async () => {
  const running: string[] = []
  const { outcome } = await play([['stage'], ['execing', 6], ['fail', 6, 8], ['running'], ['exit', 0, 256]], {
    events: { onRunning: () => void running.push('running') },
  })
  assert.equal(outcome, { kind: 'failed', index: 6, errno: 'ENOEXEC' })
  assert.equal(running, [], 'it never ran')
})

test('the driver names the last step it heard of when the far end is lost', async () => {
  assert.equal((await play([])).outcome, { kind: 'lost', status: null, index: 0 })
  assert.equal((await play([['stage'], ['step', 1], ['running'], ['exit', 0, 9]])).outcome, {
    kind: 'lost',
    status: 9,
    index: 1,
  })
})

test('the driver reads on when the far end has gone and cannot be told', async () => {
  const { outcome } = await play([['stage'], ['fail', 1, 1], ['exit', 0, 256]], { refuse: 'EPIPE' })
  assert.equal(outcome, { kind: 'failed', index: 1, errno: 'EPERM' })
  assert.equal((await play(whole.slice(0, 2), { refuse: 'EPIPE' })).outcome, { kind: 'lost', status: null, index: 3 })
})

test('the driver lets an error through when sending fails for another reason', async () => {
  let code = ''
  await play(whole, { refuse: 'EBADF' }).catch(error => {
    code = error.code
  })
  assert.is(code, 'EBADF')
})

test('the driver names a tolerated errno when a step is traced', async () => {
  const steps: (string | null)[] = []
  await play([['stage'], ['step', 1, 17], ['step', 4, 0], ...whole.slice(4)], {
    events: { trace: true, onStep: ({ index, tolerated }) => void steps.push(`${index} ${tolerated}`) },
  })
  assert.equal(steps, ['0 null', '1 EEXIST', '4 null', '6 null'], 'execve when it runs, too')
})

const onUnix = needs('linux')

onUnix('the driver closes the fd of a host step when it has been sent along', async () => {
  let fd = -1
  const { story } = await play(whole, {
    perform: step => {
      if (!('path' in step) || step.path !== 'b') return undefined
      fd = fs.openSync('/dev/null', 'r')
      return fd
    },
  })
  assert.ok(story.includes('send turn 1 with fd'))
  assert.throws(() => fs.fstatSync(fd), /EBADF/)
})

onUnix('the driver closes the fd of a host step when a later one of its segment fails', async () => {
  let fd = -1
  await play(whole, {
    perform: step => {
      if ('path' in step && step.path === 'c') throw Object.assign(new Error('no'), { code: 'EIO' })
      if ('path' in step && step.path === 'b') fd = fs.openSync('/dev/null', 'r')
      return fd < 0 ? undefined : fd
    },
  })
  assert.throws(() => fs.fstatSync(fd), /EBADF/)
})

test.run()
