/**
 * The rules that every plan obeys, each by name. A rule says what must hold, and finds the steps that break it; `assemble`
 * refuses a plan that breaks one, graders quote the rule to the learner, and the site lists them.
 */

import { fail } from '#core/errors'
import { inverseOf, isChildStep, isHostStep, isLasting } from './ops.js'
import { laneOf, orderOf } from './phase.js'
import { find, has } from './query.js'
import type { Op, Plan, Step } from './step.js'

export interface Invariant {
  readonly name: string
  readonly rule: string
  /** Indexes of the steps that break it, in plan order. */
  readonly broken: (plan: Plan) => readonly number[]
}

function indexes(plan: Plan, match: (step: Step, index: number) => boolean): number[] {
  const found: number[] = []
  plan.steps.forEach((step, index) => {
    if (match(step, index)) found.push(index)
  })
  return found
}
const first = (plan: Plan, tag: string): number => find(plan, tag)[0]?.index ?? Number.POSITIVE_INFINITY
const last = (plan: Plan, tag: string): number => find(plan, tag).at(-1)?.index ?? Number.NEGATIVE_INFINITY
const isOp =
  (...ops: readonly Op[]) =>
  (step: Step): boolean =>
    ops.includes(step.op)

const mountsSomething = isOp(
  'mount',
  'mount_copy_up',
  'attach_mount',
  'bind_root',
  'mount_root',
  'move_root',
  'mount_setattr',
  'pivot_root',
)
/** All of them, and what happens outside may still come in (slave) but nothing goes out. */
const cutsOff = (step: Step): boolean =>
  step.op === 'propagation' &&
  step.flags.includes('MS_REC') &&
  (step.flags.includes('MS_PRIVATE') || step.flags.includes('MS_SLAVE'))
const takesIds = isOp('setgroups', 'setresgid', 'setresuid')
/** Steps that name a path of the host: from pivot_root on, there is none. */
const namesHostPath = (step: Step): boolean =>
  isOp('bind_root', 'mount_root', 'move_root', 'open_root')(step) ||
  (step.op === 'propagation' && step.phase !== 'seal') || // there it is the container's own root
  (step.op === 'mount' && step.flags.includes('MS_BIND') && step.source !== null)

/** By a write of the stage's pid, or by the birth of init in there. */
const joinsCgroup = (step: Step): boolean =>
  step.phase === 'join' || step.op === 'join_cgroup' || (step.op === 'fork' && step.into === 'cgroup')

export const invariants: readonly Invariant[] = [
  {
    name: 'step-in-its-lane',
    rule: 'a step stands in a phase of the lane that can perform it',
    broken: plan => indexes(plan, step => laneOf(step.phase) !== (isChildStep(step) ? 'child' : 'host')),
  },
  {
    name: 'phases-in-order',
    rule: 'steps stand in the order of their phases',
    broken: plan => indexes(plan, (step, i) => i > 0 && orderOf(step.phase) < orderOf(plan.steps[i - 1]!.phase)),
  },
  {
    name: 'execve-last',
    rule: 'execve is there once, and nothing of the child comes after it',
    broken: plan => {
      const execs = find(plan, 'execve').map(({ index }) => index)
      if (execs.length !== 1) return execs.length === 0 ? [plan.steps.length - 1] : execs.slice(1)
      return indexes(plan, (step, index) => index > execs[0]! && isChildStep(step))
    },
  },
  // #region propagation-before-any-mount
  {
    name: 'propagation-before-any-mount',
    rule: 'mounts are made private before the first one is changed, else the host sees every change',
    broken: plan => {
      // earlier than the namespace of its own, it would be the host's mounts that are changed
      const own = first(plan, 'unshare.mount')
      if (own === Number.POSITIVE_INFINITY) return brokenAmongOthers(plan)
      const cutOff = indexes(plan, (step, index) => index > own && cutsOff(step))[0] ?? Number.POSITIVE_INFINITY
      return indexes(
        plan,
        (step, index) => (mountsSomething(step) && index < cutOff) || (step.op === 'propagation' && index < own),
      )
    },
  },
  // #endregion propagation-before-any-mount
  {
    name: 'proc-after-pid-ns',
    rule: 'proc is mounted by a process that is inside the new pid namespace: after unshare and fork',
    broken: plan =>
      has(plan, 'unshare.pid')
        ? find(plan, 'mount.proc').flatMap(({ index }) =>
            index > first(plan, 'unshare.pid') && index > first(plan, 'fork') ? [] : [index],
          )
        : [],
  },
  {
    name: 'fork-after-pid-ns',
    rule: 'unshare gives a new pid (and time) namespace to children only: a fork follows it',
    broken: plan => {
      const forChildren = [...find(plan, 'unshare.pid'), ...find(plan, 'unshare.time')].map(({ index }) => index)
      return indexes(plan, (_, index) => forChildren.includes(index) && last(plan, 'fork') < index)
    },
  },
  {
    name: 'map-before-become-root',
    rule: 'in a new user namespace ids are mapped before any of them is taken on',
    broken: plan => {
      if (!has(plan, 'unshare.user')) return []
      const mapped = (tag: string): number => (has(plan, tag) ? last(plan, tag) : Number.POSITIVE_INFINITY)
      const both = Math.max(mapped('write.uid_map'), mapped('write.gid_map'))
      return indexes(plan, (step, index) => takesIds(step) && index < both)
    },
  },
  {
    name: 'user-ns-first',
    rule: 'the user namespace is made or joined before the others, so that it owns them',
    broken: plan => {
      const user = Math.min(first(plan, 'unshare.user'), first(plan, 'setns.user'))
      if (user === Number.POSITIVE_INFINITY) return []
      return indexes(plan, (step, index) => isOp('unshare', 'setns')(step) && index < user)
    },
  },
  {
    name: 'cgroup-ns-after-join',
    rule: 'a cgroup namespace is made after the stage joined its cgroup, whose path becomes "/" inside',
    broken: plan => {
      const joins = indexes(plan, joinsCgroup)
      return find(plan, 'unshare.cgroup').flatMap(({ index }) => (index < (joins.at(-1) ?? -1) ? [index] : []))
    },
  },
  // #region limits-before-join
  {
    name: 'limits-before-join',
    rule: 'limits are set before the first process is in the cgroup: they hold from its first instruction',
    broken: plan => {
      const joined = indexes(plan, joinsCgroup)[0] ?? Number.POSITIVE_INFINITY
      return indexes(plan, (step, index) => isOp('write_cgroup', 'device_filter')(step) && index > joined)
    },
  },
  // #endregion limits-before-join
  {
    name: 'groups-before-uid',
    rule: 'groups are set before the uid: afterwards the right to do so is gone',
    broken: plan => indexes(plan, (step, index) => isOp('setgroups', 'setresgid')(step) && uidTakenBefore(plan, index)),
  },
  {
    name: 'death-signal-after-uid',
    rule: 'a change of uid clears the parent-death signal: it is set again after the last one',
    broken: plan =>
      has(plan, 'die_with_parent') && last(plan, 'setresuid') > last(plan, 'die_with_parent')
        ? [last(plan, 'setresuid')]
        : [],
  },
  {
    name: 'names-in-own-uts-ns',
    rule: 'a host or domain name is set in a uts namespace of its own, else the host is renamed',
    broken: plan => {
      const own = Math.min(first(plan, 'unshare.uts'), first(plan, 'setns.uts'))
      return indexes(plan, (step, index) => isOp('sethostname', 'setdomainname')(step) && index < own)
    },
  },
  {
    name: 'no-host-path-after-pivot',
    rule: 'no path of the host is named once pivot_root has let go of it',
    broken: plan => indexes(plan, (step, index) => namesHostPath(step) && index > first(plan, 'pivot_root')),
  },
  // #region chdir-after-chroot
  {
    name: 'chdir-after-chroot',
    rule: 'chroot leaves the working directory outside: a chdir follows it',
    broken: plan =>
      find(plan, 'chroot').flatMap(({ index, step }) => {
        const standsInIt = step.op === 'chroot' && step.path === '.'
        return standsInIt || find(plan, 'chdir').some(later => later.index > index) ? [] : [index]
      }),
  },
  // #endregion chdir-after-chroot
  {
    name: 'old-root-let-go',
    rule: 'after pivot_root the old root is unmounted, and the working directory is inside the new one',
    broken: plan =>
      find(plan, 'pivot_root').flatMap(({ index }) =>
        find(plan, 'umount').some(step => step.index > index) && find(plan, 'chdir').some(step => step.index > index)
          ? []
          : [index],
      ),
  },
  {
    name: 'fds-closed-before-exec',
    rule: 'fds that the program must not inherit are closed right before execve',
    broken: plan =>
      find(plan, 'execve').flatMap(({ index }) =>
        last(plan, 'close_fds') < index && has(plan, 'close_fds') ? [] : [index],
      ),
  },
  {
    name: 'every-host-change-undoable',
    rule: 'each change to the host that outlives the container has an inverse',
    broken: plan => indexes(plan, step => isHostStep(step) && isLasting(step) && inverseOf(step).length === 0),
  },
  {
    name: 'nothing-fallible-after-ready-but-exec',
    rule: 'what can fail is tried before the container counts as created',
    broken: plan =>
      indexes(
        plan,
        step =>
          isChildStep(step) &&
          orderOf(step.phase) > orderOf('ready') &&
          // a filter is of the right form by then, and the last moment is the only one at which it bars nothing of ours
          !isOp('wait_gate', 'close_fds', 'supervise', 'seccomp', 'execve')(step),
      ),
  },
]

/** In a mount namespace of others all lies below one mount, the root bound on itself, and that alone is made private. */
function brokenAmongOthers(plan: Plan): number[] {
  const isTheirs = (step: Step): boolean => step.op === 'propagation' && step.path === '/' && step.phase !== 'seal'
  const bound = indexes(plan, (step, i) => step.op === 'bind_root' && i > first(plan, 'setns.mount'))[0] ?? Infinity
  const isCutOff = (step: Step, i: number): boolean => i > bound && cutsOff(step) && !isTheirs(step)
  const cutOff = indexes(plan, (step, i) => step.op === 'mount_rootfs' || isCutOff(step, i))[0] ?? Infinity
  const changes = (step: Step): boolean => mountsSomething(step) || step.op === 'propagation'
  return indexes(plan, (step, i) => isTheirs(step) || (changes(step) && i < cutOff && i !== bound))
}

const uidTakenBefore = (plan: Plan, index: number): boolean =>
  find(plan, 'setresuid').some(({ index: at, step }) => at < index && step.phase === plan.steps[index]!.phase)

/** @throws MiniDockerError (FailedPrecondition) naming the first broken rule and the first step that breaks it */
export function checkInvariants(plan: Plan): void {
  for (const invariant of invariants) {
    const [index] = invariant.broken(plan)
    if (index === undefined) continue
    const step = plan.steps[index]
    fail('FailedPrecondition', {
      what: `plan breaks ${invariant.name}${step === undefined ? '' : ` at step ${index} (${step.op}, by ${step.by})`}`,
      why: invariant.rule,
    })
  }
}
