/** The cgroups above a container's, as steps: what is made of the facts, on any machine. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parentResource, sharedParents } from '#chapters/ch3-cgroups/cgroup/shared-parents'
import { ch3 } from '#chapters/ch3-cgroups/index'
import type { HostStep } from '#core/plan/step'
import { cannedFacts, type Facts } from '#core/sys/facts'

const spec = ch3.examples.limits!
const top = '/sys/fs/cgroup'

/** A user's delegated cgroup that holds processes, or whatever else is said of it. */
const facts = (changes: object = {}): Facts => {
  const home = `${top}/user.slice/mine`
  const [v2] = cannedFacts.v2.hierarchies
  return { ...cannedFacts.v2, hierarchies: [{ ...v2!, own: home, home, crowded: true, ...changes }] }
}

const opsOf = (steps: readonly HostStep[]): string[] =>
  steps.map(step => `${step.op} ${'path' in step ? step.path : 'from' in step ? `${step.from} → ${step.to}` : ''}`)

test('a crowded home is cleared into a leaf before controllers are enabled, and is refilled last', () => {
  const home = `${top}/user.slice/mine`
  const { make, remove } = sharedParents(spec, facts())
  assert.equal(opsOf(make), [
    `make_cgroup ${home}/mini-docker`,
    `make_cgroup ${home}/mini-docker-init`,
    `move_processes ${home} → ${home}/mini-docker-init`,
    `enable_controllers ${home}`,
    `enable_controllers ${home}/mini-docker`,
  ])
  assert.equal(opsOf(remove), [
    `remove_cgroup ${home}/mini-docker`,
    `disable_controllers ${home}`,
    `move_processes ${home}/mini-docker-init → ${home}`,
    `remove_cgroup ${home}/mini-docker-init`,
  ])
})

test('nobody is moved when home is not crowded, hands no controllers down, or is of v1', () => {
  const quiet = [
    facts({ crowded: false }),
    facts({ controllers: [] }),
    cannedFacts.v1,
    cannedFacts.v2,
    cannedFacts.hybrid,
  ]
  for (const one of quiet) {
    const { make, remove } = sharedParents(spec, one)
    const moves = [...make, ...remove].filter(({ op }) => op === 'move_processes' || op === 'disable_controllers')
    assert.equal(moves, [])
  }
})

test('a cgroup right below home is held, too, because home has controllers to enable for it', () => {
  const direct = { ...spec, linux: { ...spec.linux, cgroupsPath: '/box' } }
  assert.equal(parentResource(direct), { resource: 'cgroup', user: 'box' })
  assert.equal(opsOf(sharedParents(direct, cannedFacts.v2).make), [`enable_controllers ${top}`])
  assert.is(parentResource({ linux: { cgroupsPath: '/' } }), null)
})

test.run()
