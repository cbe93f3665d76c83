/**
 * The gate: no instruction of the container is run outside its cgroup.
 *
 * v1: the host writes the stage's pid into each hierarchy while the stage waits for its program, and only then sends it. What
 * the stage forks is born where it is. v2: init is born right in its cgroup (CLONE_INTO_CGROUP), which spares the move; the
 * stage, which has nothing to run in there, stays outside. Source: cgroups(7), clone(2).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { ch2 } from '../../ch2-namespaces/index.js'
import { type Directory, directoriesOf } from './directories.js'

const at = { by: 'ch3.gate' } as const

// #region part
/**
 * Whether init can be born in there: in v2 alone, and by one who may write to the directory, which root of the container's
 * user namespace may not.
 */
export function isBornInside(spec: Spec, directories: readonly Directory[], { cloneInto }: Facts): boolean {
  if (directories.length === 0) return false
  // #region solution-born
  return directories.every(({ version }) => version === 2) && cloneInto && !isolates(spec, 'user')
  // #endregion solution-born
}

export const gate: Pass = (spec, facts) => {
  const directories = directoriesOf(spec, facts)
  // #region solution-gate
  if (isBornInside(spec, directories, facts)) {
    return directories.map(({ path }) => ({
      ...at,
      op: 'open_cgroup',
      phase: 'isolate',
      path,
      why: 'what init is to be born into',
    }))
  }
  return directories.map(({ path, controllers }) => ({
    ...at,
    op: 'join_cgroup',
    phase: 'join',
    path,
    of: 'stage',
    why: `before it is sent what to do: ${controllers.join(' and ') || 'the whole group'} counts from the first instruction`,
  }))
  // #endregion solution-gate
}
// #endregion part

/**
 * Born in its cgroup, init alone can make the namespace that has this for its top: made by the stage, it would have the
 * stage's.
 */
export const isolate: Pass = (spec, facts) =>
  isBornInside(spec, directoriesOf(spec, facts), facts)
    ? ch2.parts.isolate!(without(spec, 'cgroup'), facts)
    : ch2.parts.isolate!(spec, facts)

export const startInit: Pass = (spec, facts) => {
  const steps = ch2.parts.startInit!(spec, facts)
  if (!isBornInside(spec, directoriesOf(spec, facts), facts)) return steps
  return steps.flatMap((step): Step[] => {
    if (step.op !== 'fork') return [step]
    const fork: Step = { ...step, into: 'cgroup', why: `${step.why}; born in its cgroup, with every limit set` }
    return isolates(spec, 'cgroup') ? [fork, ownCgroupNamespace] : [fork]
  })
}

const ownCgroupNamespace: Step = {
  ...at,
  op: 'unshare',
  phase: 'isolate',
  flags: ['CLONE_NEWCGROUP'],
  why: 'by init, which is in its cgroup: from here on that is "/"',
}

const without = (spec: Spec, type: 'cgroup'): Spec => ({
  ...spec,
  linux: { ...spec.linux, namespaces: (spec.linux?.namespaces ?? []).filter(entry => entry.type !== type) },
})
