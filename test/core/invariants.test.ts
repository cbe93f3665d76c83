import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkInvariants, invariants } from '#core/plan/invariants'
import type { Plan, Step } from '#core/plan/step'
import { changed, examplePlan, examplePlans, inPhase, inserted, moved, twice, without } from '#support/examples'

type Break = (plan: Plan) => Plan

const joins: Step = { op: 'write_file', path: '/x', data: '', mode: 0o644, phase: 'join', why: 'test', by: 'test' }
const lasting: Step = { op: 'nft', script: 'add table ip x', phase: 'wire', why: 'test', by: 'test' }

/** For each invariant: an example, and what breaks it there. */
const broken: Readonly<Record<string, readonly (readonly [example: string, how: string, change: Break])[]>> = {
  'step-in-its-lane': [
    ['ch1.shell', 'execve is for the host', plan => inPhase(plan, 'execve', 'started')],
    ['ch2.userns', 'the child writes its own map', plan => inPhase(plan, 'write.uid_map', 'isolate')],
  ],
  'phases-in-order': [
    ['ch2.container', 'chdir of become before pivot', plan => reordered(plan, 'pivot_root', 'propagation')],
    ['ch1.shell', 'execve first', plan => reordered(plan, 'execve', 'chroot')],
  ],
  'execve-last': [
    ['ch1.shell', 'none', plan => without(plan, 'execve')],
    ['ch1.shell', 'two', plan => twice(plan, 'execve')],
    ['ch2.container', 'fds closed too late', plan => moved(plan, 'close_fds', 'after', 'execve')],
    ['ch1.shell', 'nothing at all', () => ({ steps: [] })],
  ],
  'propagation-before-any-mount': [
    ['ch2.container', 'forgotten', plan => without(plan, 'propagation')],
    ['ch2.container', 'after the first mount', plan => moved(plan, 'propagation', 'after', 'bind_root')],
    ['ch2.container', "of the host's own mounts", plan => moved(plan, 'propagation', 'before', 'unshare')],
    ['ch2.container', 'of "/" alone', plan => changed(plan, 'propagation', { flags: ['MS_PRIVATE'] })],
    ['ch2.container', 'shared', plan => changed(plan, 'propagation', { flags: ['MS_REC', 'MS_SHARED'] })],
    ['ch2.container', 'no mount namespace', plan => changed(plan, 'unshare.mount', { flags: ['CLONE_NEWPID'] })],
  ],
  'proc-after-pid-ns': [
    ['ch2.container', 'before the fork', plan => moved(plan, 'mount.proc', 'before', 'fork')],
    ['ch2.container', 'before the unshare', plan => moved(plan, 'mount.proc', 'before', 'unshare')],
  ],
  'fork-after-pid-ns': [
    ['ch2.container', 'no fork', plan => without(plan, 'fork')],
    ['ch2.container', 'fork first', plan => moved(plan, 'fork', 'before', 'unshare')],
  ],
  'map-before-become-root': [
    ['ch2.userns', 'no uid map', plan => without(plan, 'write.uid_map')],
    ['ch2.userns', 'no gid map', plan => without(plan, 'write.gid_map')],
    ['ch2.userns', 'root too early', plan => moved(plan, 'setresuid', 'after', 'unshare.user')],
    ['ch2.userns', 'group too early', plan => moved(plan, 'setresgid', 'after', 'unshare.user')],
  ],
  'user-ns-first': [['ch2.userns', 'last', plan => moved(plan, 'unshare.user', 'after', 'unshare.pid')]],
  'cgroup-ns-after-join': [
    ['ch2.container', 'joined later', plan => inserted(plan, joins, 'after', 'unshare.cgroup')],
    [
      'ch3.limits',
      'made by the stage, whose cgroup is another',
      plan => moved(plan, 'unshare.cgroup', 'before', 'fork'),
    ],
    ['ch3.limits on v1', 'joined later', plan => moved(plan, 'join_cgroup', 'after', 'unshare.cgroup')],
  ],
  'limits-before-join': [
    ['ch3.limits on v1', 'a limit last', plan => moved(plan, 'write_cgroup', 'after', 'join_cgroup')],
    ['ch3.limits on v1', 'joined first', plan => moved(plan, 'join_cgroup', 'before', 'write_cgroup')],
    [
      'ch3.devices on v1',
      'any device at first',
      plan => inPhase(moved(plan, 'write_cgroup', 'after', 'fork'), 'write_cgroup', 'wire'),
    ],
    ['ch3.limits', 'a limit for one that is born already', plan => moved(plan, 'write_cgroup', 'after', 'fork')],
    ['ch3.devices', 'any device at first', plan => moved(plan, 'device_filter', 'after', 'fork')],
  ],
  'groups-before-uid': [
    ['ch1.user', 'groups last', plan => moved(plan, 'setgroups', 'after', 'setresuid')],
    ['ch1.user', 'gid last', plan => moved(plan, 'setresgid', 'after', 'setresuid')],
  ],
  'death-signal-after-uid': [
    ['ch2.user', 'not set again', plan => without(plan, 'die_with_parent', 'last')],
    ['ch2.user', 'uid last', plan => moved(plan, 'setresuid', 'before', 'execve')],
  ],
  'names-in-own-uts-ns': [
    [
      'ch2.container',
      'named too early',
      plan => inPhase(moved(plan, 'sethostname', 'before', 'unshare.uts'), 'sethostname', 'isolate'),
    ],
  ],
  'no-host-path-after-pivot': [
    ['ch2.volumes', 'volume too late', plan => moved(plan, 'mount.bind', 'after', 'pivot_root')],
    ['ch2.container', 'rootfs opened too late', plan => moved(plan, 'open_root', 'after', 'umount')],
  ],
  'chdir-after-chroot': [
    ['ch1.shell', 'no chdir', plan => without(plan, 'chdir')],
    ['ch1.shell', 'chdir first', plan => moved(plan, 'chdir', 'before', 'chroot')],
  ],
  'old-root-let-go': [
    ['ch2.container', 'no umount', plan => without(plan, 'umount')],
    ['ch2.container', 'no chdir', plan => without(plan, 'chdir')],
    ['ch2.container', 'umount first', plan => moved(plan, 'umount', 'before', 'pivot_root')],
  ],
  'fds-closed-before-exec': [
    ['ch1.shell', 'not closed', plan => without(plan, 'close_fds')],
    ['ch1.shell', 'closed too late', plan => moved(plan, 'close_fds', 'after', 'execve')],
  ],
  'every-host-change-undoable': [['ch2.container', 'no inverse', plan => inserted(plan, lasting, 'after', 'fork')]],
  'nothing-fallible-after-ready-but-exec': [
    ['ch1.shell', 'look-up while starting', plan => moved(plan, 'lookup', 'before', 'close_fds')],
    ['ch2.user', 'uid while starting', plan => moved(plan, 'setresuid', 'before', 'execve')],
  ],
}

/** Moves a step and leaves it its phase. */
function reordered(plan: Plan, tag: string, anchor: string): Plan {
  const wrong = moved(plan, tag, 'before', anchor)
  const phase = plan.steps.find(({ op }) => op === tag)!.phase
  return inPhase(wrong, tag, phase)
}

test('every invariant holds when the plan is an example', () => {
  for (const { name, plan } of examplePlans) {
    for (const invariant of invariants) assert.equal(invariant.broken(plan), [], `${name}: ${invariant.name}`)
  }
})

test('every invariant has a plan that breaks it when the table is complete', () => {
  assert.equal(Object.keys(broken).sort(), invariants.map(({ name }) => name).sort())
})

for (const invariant of invariants) {
  for (const [example, how, change] of broken[invariant.name] ?? []) {
    test(`${invariant.name} is broken when ${example} is changed: ${how}`, () => {
      const plan = examplePlan(example)
      const changedPlan = change(plan)
      assert.is.not(JSON.stringify(changedPlan), JSON.stringify(plan), 'the change changes nothing')
      const indexes = invariant.broken(changedPlan)
      assert.ok(indexes.length > 0, 'it is not seen')
      assert.equal(
        indexes,
        [...indexes].sort((a, b) => a - b),
        'in plan order',
      )
      assert.throws(() => checkInvariants(changedPlan), /^plan breaks /)
    })
  }
}

test('checkInvariants names the rule, the step and its pass when a plan is broken', () => {
  const plan = moved(examplePlan('ch2.container'), 'mount.proc', 'before', 'fork')
  const index = invariants.find(({ name }) => name === 'propagation-before-any-mount')!.broken(plan)[0]
  assert.throws(
    () => checkInvariants(plan),
    (error: Error) =>
      error.message ===
      `plan breaks propagation-before-any-mount at step ${index} (mount, by ch2.mounts): ` +
        'mounts are made private before the first one is changed, else the host sees every change',
  )
})

test('invariants have names and rules that can be quoted when listed', () => {
  const names = invariants.map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
  for (const { name, rule } of invariants) {
    assert.match(name, /^[a-z]+(-[a-z]+)+$/)
    assert.ok(rule.length > 20 && !rule.endsWith('.'), name)
  }
})

test.run()
