/** What the graders of ch3's limits have in common: wishes, the writes that came of them, and what the files hold then. */

import { examples } from '#chapters/ch3-cgroups/examples'
import type { Plan } from '#core/plan/step'
import type { Resources, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Case, Evidence, Failure } from '#labs/runner/grade/grader'
import { firstFailure, indexesOf, type RowOf, rowsOf } from './plan-rows.js'
import { type Above, type Played, playCgroup } from './play-cgroup.js'

export interface Situation extends Case {
  /** What files hold in the end, other than what they begin with. */
  readonly holds: Readonly<Record<string, string>>
  /** Whether anything is to be written at all. */
  readonly nothing?: true
  readonly above?: Above
}
export type Situations = Readonly<Record<string, Situation>>

export const MiB = 2 ** 20

export function limited(resources: Resources, cgroupsPath = '/mini-docker/box'): Spec {
  const { group } = examples
  return { ...group, linux: { ...group.linux, cgroupsPath, resources } }
}

export const situation = (
  resources: Resources,
  facts: Facts,
  holds: Situation['holds'],
  more: { readonly cgroupsPath?: string; readonly above?: Above } = {},
): Situation => ({
  spec: limited(resources, more.cgroupsPath),
  facts,
  holds,
  ...(more.above === undefined ? {} : { above: more.above }),
})
export const nothing = (resources: Resources, facts: Facts): Situation => ({
  spec: limited(resources),
  facts,
  holds: {},
  nothing: true,
})

export const leafOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

export type WriteRow = RowOf<'write_cgroup'>
export const ownWrites = (plan: Plan, part: string): WriteRow[] =>
  rowsOf(plan, 'write_cgroup').filter(({ step }) => step.by === `lab.${part}`)

export type Said = readonly [expected: string, found: string, rows?: readonly WriteRow[]]

/** Judges the limits of one version, case by case. */
export class LimitJudge {
  readonly #situations: Situations
  readonly #part: string
  readonly #version: 1 | 2

  constructor(situations: Situations, part: string, version: 1 | 2) {
    this.#situations = situations
    this.#part = part
    this.#version = version
  }

  each(judge: (one: Situation, writes: readonly WriteRow[], played: Played) => Said | null) {
    return ({ plan: planOf }: Evidence): Failure | null =>
      firstFailure(Object.keys(this.#situations), name => {
        const plan = planOf(name)
        const one = this.#situations[name]!
        const writes = ownWrites(plan, this.#part)
        const said = judge(one, writes, this.play(one, writes))
        if (said === null) return null
        const [expected, found, rows = writes] = said
        return { expected, found: `in the case '${name}': ${found}`, plan, rows: indexesOf(rows) }
      })
  }

  play({ above }: Situation, writes: readonly WriteRow[]): Played {
    const all = writes.map(({ step }) => ({ file: leafOf(String(step.path)), data: String(step.data) }))
    return playCgroup(all, this.#version, above)
  }

  /** The kernel takes every write, in this order. */
  readonly taken = this.each((_, writes, { refused }) => {
    if (refused === null) return null
    const row = writes[refused.at]!
    return ['the kernel takes every write', `'${row.step.data}' to ${leafOf(row.step.path)}: ${refused.why}`, [row]]
  })

  /** What these files hold in the end. */
  holds(...files: readonly string[]) {
    const begin = playCgroup([], this.#version).held
    return this.each(({ holds }, writes, { held }) => {
      const wrong = files.find(file => held.get(file) !== (holds[file] ?? begin.get(file)))
      if (wrong === undefined) return null
      const rows = writes.filter(({ step }) => leafOf(step.path) === wrong)
      const found = `${wrong} holds '${held.get(wrong)}'${rows.length === 0 ? ': nobody wrote to it' : ''}`
      return [`${wrong} holds '${holds[wrong] ?? begin.get(wrong)}'`, found, rows]
    })
  }

  readonly unasked = this.each((one, writes) =>
    one.nothing === true && writes.length > 0
      ? ['no write: the spec says nothing, or another version has the controller', `${writes.length} of them`]
      : null,
  )
}
