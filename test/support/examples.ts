/** Plans to look at: every example of every chapter on hosts of all three layouts, and some that no example shows. */

import { ch1, escapeParts as escapeFromCh1 } from '#chapters/ch1-chroot/index'
import { defaultNamespaces, defaultSpec } from '#chapters/ch2-namespaces/default-spec'
import { ch2, escapeParts as escapeFromCh2 } from '#chapters/ch2-namespaces/index'
import { joinParts } from '#chapters/ch2-namespaces/join'
import { connectedExamples } from '#chapters/ch2-namespaces/network/examples'
import { ch3 } from '#chapters/ch3-cgroups/index'
import { stackExamples } from '#chapters/ch4-images/container/examples'
import { type Chapter, type Parts, passesOf } from '#core/chapter'
import { collect } from '#core/plan/assemble'
import type { Phase } from '#core/plan/phase'
import { find } from '#core/plan/query'
import type { Plan, Step } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'

export const chapters: readonly Chapter[] = [ch1, ch2, ch3]

/** What a plan is made of, before it is assembled. */
export interface Recipe {
  /** `ch2.userns on v1` */
  readonly name: string
  readonly parts: Parts
  readonly spec: Spec
  readonly facts: Facts
}

const onEveryHost = (name: string, parts: Parts, spec: Spec): Recipe[] =>
  Object.entries(cannedFacts).map(([host, facts]) => ({ name: `${name} on ${host}`, parts, spec, facts }))

const process = { args: ['sh'], env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0 } }
const root = { path: '/rootfs' }
const ordinary: Facts = { ...cannedFacts.v2, uid: 1000, gid: 1000 }
const alone: Facts = { ...ordinary, subuid: [], subgid: [] }
const joined = { pid: 4711, flags: ['CLONE_NEWUSER', 'CLONE_NEWNS', 'CLONE_NEWPID'] as const, setgroupsDenied: false }

export const recipes: readonly Recipe[] = [
  ...chapters.flatMap(({ id, parts, examples }) =>
    Object.entries(examples).flatMap(([name, spec]) => onEveryHost(`${id}.${name}`, parts, spec)),
  ),
  ...Object.entries(connectedExamples).map(([name, example]) => ({ name: `ch2.${name}`, ...example })),
  ...Object.entries(stackExamples).map(([name, example]) => ({ name: `ch4.${name}`, ...example })),
  ...onEveryHost('ch1.escape', escapeFromCh1, ch1.examples.shell!),
  ...onEveryHost('ch2.escape', escapeFromCh2, ch2.examples.container!),
  ...onEveryHost('ch2.exec', joinParts(joined), { ociVersion: '1.2.1', root, process: { ...process, terminal: true } }),
  {
    name: 'ch2.rootless',
    parts: ch2.parts,
    spec: defaultSpec({ rootfs: '/rootfs', process }, ordinary),
    facts: ordinary,
  },
  {
    name: 'ch2.rootless with one id',
    parts: ch2.parts,
    spec: defaultSpec({ rootfs: '/rootfs', process, namespaces: [...defaultNamespaces, 'user'] }, alone),
    facts: alone,
  },
]

/** The plan of a recipe, unchecked. */
export const planOf = ({ parts, spec, facts }: Recipe): Plan => collect(passesOf(parts), spec, facts)

export const examplePlans: readonly { readonly name: string; readonly plan: Plan }[] = recipes.map(recipe => ({
  name: recipe.name,
  plan: planOf(recipe),
}))

/** One of `examplePlans`, on v2 where the host is not named. */
export function examplePlan(name: string): Plan {
  const found = examplePlans.find(one => one.name === name || one.name === `${name} on v2`)
  if (found === undefined) throw new Error(`no example plan '${name}'`)
  return found.plan
}

/* Ways to break a plan. Each throws where the plan has no such step: a mutation that changes nothing tests nothing. */

const indexOf = (plan: Plan, tag: string, which: 'first' | 'last' = 'first'): number => {
  const index = find(plan, tag).at(which === 'first' ? 0 : -1)?.index
  if (index === undefined) throw new Error(`the plan has no '${tag}'`)
  return index
}

export const without = (plan: Plan, tag: string, which: 'first' | 'last' = 'first'): Plan => ({
  steps: plan.steps.toSpliced(indexOf(plan, tag, which), 1),
})

export const twice = (plan: Plan, tag: string): Plan => {
  const index = indexOf(plan, tag)
  return { steps: plan.steps.toSpliced(index, 0, plan.steps[index]!) }
}

/** The first `tag` right before or after the first `anchor`, in the anchor's phase. */
export function moved(plan: Plan, tag: string, side: 'before' | 'after', anchor: string): Plan {
  const from = indexOf(plan, tag)
  const rest = { steps: plan.steps.toSpliced(from, 1) }
  const at = indexOf(rest, anchor)
  const step = { ...plan.steps[from]!, phase: rest.steps[at]!.phase }
  return { steps: rest.steps.toSpliced(side === 'before' ? at : at + 1, 0, step) }
}

export const inPhase = (plan: Plan, tag: string, phase: Phase): Plan => changed(plan, tag, { phase })

export const changed = (plan: Plan, tag: string, fields: object): Plan => {
  const index = indexOf(plan, tag)
  return { steps: plan.steps.with(index, { ...plan.steps[index]!, ...fields } as Step) }
}

export const inserted = (plan: Plan, step: Step, side: 'before' | 'after', anchor: string): Plan => ({
  steps: plan.steps.toSpliced(indexOf(plan, anchor) + (side === 'before' ? 0 : 1), 0, step),
})
