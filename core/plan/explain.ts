/**
 * A plan for people: two lanes side by side, host left, child right, in the order of time; and for programs: JSON with a
 * version. Pure text, no colour: who prints it may add that by the marks of `Line`.
 */

import { fold, moreAlike } from './fold.js'
import { isChildStep, manPage, words } from './ops.js'
import { aboutPhase, type Lane, laneOf, type Phase, phases } from './phase.js'
import type { Plan, Step } from './step.js'

export interface ExplainedStep {
  readonly index: number
  readonly phase: Phase
  readonly lane: Lane
  readonly op: string
  /** The call as strace would show it. */
  readonly call: string
  readonly man: string
  readonly why: string
  readonly by: string
  readonly tolerate: readonly string[]
  /** The op's own fields, as the plan holds them. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The stable form: fields are added, never renamed, without a new version. */
export interface Explained {
  readonly version: 1
  /** All phases in order, those without a step too. */
  readonly phases: readonly { readonly name: Phase; readonly lane: Lane; readonly about: string }[]
  readonly steps: readonly ExplainedStep[]
}

export function explainJson(plan: Plan): Explained {
  return {
    version: 1,
    phases: phases.map(name => ({ name, lane: laneOf(name), about: aboutPhase(name) })),
    steps: plan.steps.map(explainStep),
  }
}

function explainStep(step: Step, index: number): ExplainedStep {
  const { op, phase, why, by, tolerate = [], ...fields } = step
  return { index, phase, lane: laneOf(phase), op, call: words(step), man: manPage(step), why, by, tolerate, fields }
}

export type Mark = 'head' | 'call' | 'why' | 'turn'
export interface Line {
  readonly mark: Mark
  readonly host: string
  readonly child: string
}

const SEPARATOR = ' │ '

/** @param width columns of the whole picture; the host lane is narrow when it has little to do */
export function explainLines(
  plan: Plan,
  width: number,
): { readonly lines: readonly Line[]; readonly hostWidth: number } {
  const busy = plan.steps.some(step => !isChildStep(step))
  const hostWidth = Math.max(8, Math.floor(width * (busy ? 0.4 : 0.1)))
  const childWidth = Math.max(24, width - hostWidth - SEPARATOR.length)
  const digits = Math.max(2, String(plan.steps.length - 1).length)
  const indent = digits + 2
  const lines: Line[] = [{ mark: 'head', host: 'host', child: 'child' }]
  let phase: Phase | undefined
  let lane: Lane | undefined
  const place = (text: string): { host: string; child: string } =>
    lane === 'host' ? { host: text, child: '' } : { host: '', child: text }
  const rows = plan.steps.map((step, index) => ({ step, index }))
  for (const row of fold(rows, ({ step }) => JSON.stringify(step))) {
    if (typeof row === 'number') {
      lines.push({ mark: 'why', ...place(`${' '.repeat(indent)}${moreAlike(row)}`) })
      continue
    }
    const { step, index } = row
    const next = laneOf(step.phase)
    const turns = lane !== undefined && next !== lane
    lane = next
    if (turns) {
      lines.push({ mark: 'turn', ...place(next === 'host' ? '◀── hands over' : '──▶ goes on') })
    }
    if (step.phase !== phase) lines.push({ mark: 'head', ...place(step.phase) })
    phase = step.phase
    const room = (next === 'host' ? hostWidth : childWidth) - indent
    const number = String(index).padStart(digits)
    wrap(words(step), room).forEach((text, i) => {
      lines.push({ mark: 'call', ...place(`${i === 0 ? number : ' '.repeat(digits)}  ${text}`) })
    })
    const forgiven = step.tolerate === undefined ? '' : `; ${step.tolerate.join(', ')} is as good`
    for (const text of wrap(`${step.why}${forgiven}  ${manPage(step)}`, room)) {
      lines.push({ mark: 'why', ...place(`${' '.repeat(indent)}${text}`) })
    }
  }
  return { lines, hostWidth }
}

export const explainText = (plan: Plan, width: number): string => {
  const { lines, hostWidth } = explainLines(plan, width)
  return lines.map(line => `${line.host.padEnd(hostWidth)}${SEPARATOR}${line.child}`.trimEnd()).join('\n')
}

/** Where a long word is broken: between flags, options, the names of a path. */
const joints = ['|', ',', '/']

/** Breaks at blanks; a word longer than the room behind its last joint there, if that is not close to its start. */
function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ')) {
    while (word.length > room) {
      if (line !== '') lines.push(line)
      const joint = Math.max(...joints.map(mark => word.lastIndexOf(mark, room - 1))) + 1
      const end = joint > room / 4 ? joint : room
      lines.push(word.slice(0, end))
      word = word.slice(end)
      line = ''
    }
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return line === '' ? lines : [...lines, line]
}
