import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { before, find, has } from '#core/plan/query'
import { examplePlan } from '#support/examples'

const plan = examplePlan('ch2.userns')

test('find gives index and step when a tag is an op or one of its rows tags', () => {
  for (const tag of ['pivot_root', 'unshare.pid', 'mount.proc', 'mount.at./dev/pts', 'write.uid_map', 'mknod.null']) {
    const found = find(plan, tag)
    assert.is(found.length, 1, tag)
    assert.is(plan.steps[found[0]!.index], found[0]!.step, tag)
  }
})

test('find gives nothing when no step has the tag', () => {
  assert.equal(find(plan, 'unshare.moon'), [])
  assert.not(has(plan, 'mount.nfs'))
})

test('before holds when all of the first stand before all of the second', () => {
  assert.ok(before(plan, 'unshare.user', 'unshare.pid'))
  assert.ok(before(plan, 'propagation', 'mount'))
  assert.not(before(plan, 'mount', 'propagation'))
})

test('before fails when the two are mixed', () => {
  assert.not(before(plan, 'mkdir', 'mount'), 'some mkdirs stand behind some mounts')
})

test('before fails when one of them is missing', () => {
  assert.not(before(plan, 'unshare.pid', 'mount.nfs'))
  assert.not(before(plan, 'mount.nfs', 'execve'))
})

test.run()
