/** The grader of ch7/masks. */

import { randomBytes } from 'node:crypto'
import { examples } from '#chapters/ch2-namespaces/examples'
import { parts } from '#chapters/ch7-oci/index'
import { orderOf } from '#core/plan/phase'
import type { Plan } from '#core/plan/step'
import type { Linux, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import type { Case, Evidence, Failure, Grader } from '#labs/runner/grade/grader'
import { survived } from '#labs/runner/room/room'
import { firstFailure, indexesOf, type RowOf, rowsOf } from '../support/plan-rows.js'
import { isBelow } from '../support/view.js'
import { coveredInside } from './masks-effects.js'

const facts = cannedFacts.v2
const { container } = examples
const nonce = (): string => randomBytes(4).toString('hex')
const [one, other] = [nonce(), nonce()]

const withPaths = (paths: Pick<Linux, 'maskedPaths' | 'readonlyPaths'>, spec: Spec = container): Case => ({
  spec: { ...spec, linux: { ...spec.linux, ...paths } },
  facts,
})
const usual = withPaths({
  maskedPaths: ['/proc/asound', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
  readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
})
const cases: Readonly<Record<string, Case>> = {
  "Docker's own": usual,
  'paths that nobody has thought of': withPaths({
    maskedPaths: [`/opt/${one}/keys`, `/proc/${one}`, `/sys/${other}`],
    readonlyPaths: [`/proc/${other}/limits`, `/opt/${one}`],
  }),
  'names that begin alike': withPaths({
    maskedPaths: [`/proc/${one}`, `/proc/${other}x`],
    readonlyPaths: [`/proc/${one}-map`, `/proc/${other}`, `/proc/${other}xy`],
  }),
  'masked paths alone': withPaths({ maskedPaths: [`/proc/${one}`] }),
  'read-only paths alone': withPaths({ readonlyPaths: [`/proc/${other}`] }),
  'a read-only root': { ...usual, spec: { ...usual.spec, root: { ...container.root, readonly: true } } },
  'no such paths': { spec: container, facts },
}

type Said = readonly [expected: string, found: string, rows?: readonly { readonly index: number }[]]
const eachCase =
  (judge: (linux: Linux, plan: Plan) => Said | null) =>
  ({ plan: planOf }: Evidence): Failure | null =>
    firstFailure(Object.keys(cases), name => {
      const plan = planOf(name)
      const said = judge(cases[name]!.spec.linux ?? {}, plan)
      return (
        said && {
          expected: said[0],
          found: `in the case '${name}': ${said[1]}`,
          plan,
          rows: indexesOf(said[2] ?? ownRows(plan)),
        }
      )
    })
const ownRows = (plan: Plan): RowOf<'mask' | 'readonly_path'>[] =>
  rowsOf(plan, 'mask', 'readonly_path').filter(({ step }) => step.by === 'lab.masks')

const eachCovered = ({ maskedPaths = [] }: Linux, plan: Plan): Said | null => {
  const covered = rowsOf(plan, 'mask').map(({ step }) => step.target)
  const strange = covered.find(path => !maskedPaths.includes(path))
  if (strange !== undefined)
    return [`what config.json has in maskedPaths is covered, and no more`, `${strange} is, too`]
  const bare = maskedPaths.find(path => !covered.includes(path))
  if (bare === undefined) return null
  const fixed = rowsOf(plan, 'readonly_path').some(({ step }) => step.target === bare)
  return [
    `a step that covers ${bare}`,
    fixed ? 'it cannot be written to, and can still be read' : 'none: whoever is root in there reads it',
  ]
}

const eachReadOnly = ({ readonlyPaths = [], maskedPaths = [] }: Linux, plan: Plan): Said | null => {
  const fixed = rowsOf(plan, 'readonly_path').map(({ step }) => step.target)
  const strange = fixed.find(path => !readonlyPaths.includes(path) && !maskedPaths.includes(path))
  if (strange !== undefined) return ['what config.json has in readonlyPaths, and no more', `${strange} is, too`]
  // what is covered by an empty directory is gone, with all that was below it
  const loose = readonlyPaths.find(path => !fixed.includes(path) && !maskedPaths.some(cover => isBelow(path, cover)))
  return loose === undefined ? null : [`a step that makes ${loose} read-only`, 'none: it can be written to']
}

const lastOfAll = (_: Linux, plan: Plan): Said | null => {
  const expected = 'in the phase seal: when all is mounted, and there is still the right to mount'
  for (const row of ownRows(plan)) {
    const { phase } = row.step
    if (orderOf(phase) < orderOf('pivot'))
      return [expected, `in the phase ${phase}: a hook, or a later mount, can put something on top of it`, [row]]
    if (orderOf(phase) < orderOf('seal')) return [expected, `in the phase ${phase}: the root is not changed yet`, [row]]
    if (orderOf(phase) > orderOf('seal'))
      return [expected, `in the phase ${phase}: by then it may be an ordinary user, who may not`, [row]]
  }
  return null
}

const notThere = (_: Linux, plan: Plan): Said | null => {
  const row = ownRows(plan).find(({ step }) => step.tolerate?.includes('ENOENT') !== true)
  if (row === undefined) return null
  const { op, target } = row.step
  const needs = op === 'mask' ? 'no cover' : 'no protection'
  return [
    `a kernel without ${target} needs ${needs} for it: the container starts`,
    `it does not: ${target} is said to be missing`,
    [row],
  ]
}

const elseItFails = (_: Linux, plan: Plan): Said | null => {
  for (const row of ownRows(plan)) {
    const more = row.step.tolerate?.find(errno => errno !== 'ENOENT')
    if (more !== undefined)
      return [
        `what is there, and cannot be ${row.step.op === 'mask' ? 'covered' : 'made read-only'}, keeps the container from starting`,
        `after ${more} it starts all the same, and ${row.step.target} is open`,
        [row],
      ]
  }
  return null
}

export const grader: Grader = {
  lab: 'ch7/masks',
  around: parts,
  cases,
  about: ['mask', 'readonly_path'],
  checks: [
    {
      id: 'each-covered',
      rung: 'plan',
      title: 'each masked path is covered, and nothing else',
      points: 2,
      about: ['mask'],
      judge: eachCase(eachCovered),
    },
    {
      id: 'each-read-only',
      rung: 'plan',
      title: 'each read-only path is made so, and nothing else',
      points: 2,
      about: ['readonly_path'],
      judge: eachCase(eachReadOnly),
    },
    {
      id: 'last-of-all',
      rung: 'plan',
      title: 'it comes when nothing more is mounted, and before the rights go',
      points: 1,
      judge: eachCase(lastOfAll),
    },
    {
      id: 'what-is-not-there',
      rung: 'plan',
      title: 'a path that this kernel does not have is no error',
      points: 1,
      judge: eachCase(notThere),
    },
    {
      id: 'else-it-fails',
      rung: 'plan',
      title: 'any other error is one',
      points: 1,
      judge: eachCase(elseItFails),
    },
    {
      id: 'covered-inside',
      rung: 'effect',
      title: 'inside, what is covered is empty, and what is read-only keeps its content',
      points: 2,
      needs: ['root'],
      judge: room => survived(() => coveredInside(room)),
    },
  ],
}
