/** linux.memoryPolicy: on which memory nodes the pages of a container are to lie, as the kernel shows it of each mapping. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSpec } from '#core/spec/parse'
import type { Linux, Spec } from '#core/spec/runtime'
import { memoryPolicies } from '#core/sys/constants'
import { makeBundle, Runtime, type Said } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native', 'memory nodes')

type Policy = NonNullable<Linux['memoryPolicy']>
const having =
  (memoryPolicy: Policy) =>
  (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, memoryPolicy } })
const policyOf = ({ code, stdout, stderr }: Said): string => {
  assert.equal([code, stderr], [0, ''])
  return stdout.split(' ')[1]!
}
/** proc_pid_numa_maps(5): address, policy. */
const show = ['head', '-n', '1', '/proc/self/numa_maps']

here('the program, and what exec starts, has the memory policy of config.json', () => {
  for (const [memoryPolicy, seen] of [
    [{ mode: 'MPOL_DEFAULT' }, 'default'],
    [{ mode: 'MPOL_BIND', nodes: '0' }, 'bind:0'],
    [{ mode: 'MPOL_PREFERRED', nodes: '0' }, 'prefer:0'],
    [{ mode: 'MPOL_INTERLEAVE', nodes: ' 0 ' }, 'interleave:0'],
    [{ mode: 'MPOL_LOCAL', nodes: '' }, 'local'],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] }, 'bind=static:0'],
    [{ mode: 'MPOL_INTERLEAVE', nodes: '0', flags: ['MPOL_F_RELATIVE_NODES'] }, 'interleave=relative:0'],
  ] as const satisfies readonly (readonly [Policy, string])[]) {
    const id = runtime.newId()
    assert.is(policyOf(runtime.run(['run', '-b', makeBundle(world, show, having(memoryPolicy)), id])), seen)
  }
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], having({ mode: 'MPOL_BIND', nodes: '0' }))
  assert.is(runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() }).code, 0)
  assert.is(policyOf(runtime.run(['exec', id, ...show])), 'bind:0')
  assert.not.match(fs.readFileSync('/proc/self/numa_maps', 'utf8'), /bind/)
  runtime.run(['delete', '-f', id])
})

here('a memory policy that the kernel does not take is an error of create', () => {
  for (const [memoryPolicy, nodes] of [
    [{ mode: 'MPOL_BIND' }, ''],
    [{ mode: 'MPOL_DEFAULT', nodes: '0' }, '0'],
    [{ mode: 'MPOL_BIND', nodes: '1000' }, '1000'],
  ] as const) {
    const id = runtime.newId()
    const { code, stderr } = runtime.run(['create', '-b', makeBundle(world, ['true'], having(memoryPolicy)), id])
    assert.is(code, 1)
    assert.match(stderr, new RegExp(`memory policy ${memoryPolicy.mode}, nodes '${nodes}': EINVAL`))
    assert.is(runtime.state(id), null)
  }
})

test('a memory policy of another form is refused by its place', () => {
  const spec = {
    ociVersion: '1.3.0',
    root: { path: 'x' },
    process: { user: { uid: 0, gid: 0 }, args: ['x'], cwd: '/' },
  }
  for (const [memoryPolicy, place] of [
    [{}, /linux.memoryPolicy.mode: /],
    [{ mode: 'MPOL_MINE' }, /linux.memoryPolicy.mode: 'MPOL_MINE' is not known/],
    [{ mode: 'MPOL_BIND', nodes: '1-' }, /linux.memoryPolicy.nodes: must be a list of numbers/],
    [{ mode: 'MPOL_BIND', nodes: '3-1' }, /linux.memoryPolicy.nodes: /],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_MINE'] }, /linux.memoryPolicy.flags\[0\]: /],
  ] as const)
    assert.throws(() => parseSpec({ ...spec, linux: { memoryPolicy } }), place)
})

test('features names the modes', () => {
  const { linux } = JSON.parse(runtime.run(['features']).stdout)
  assert.equal(linux.memoryPolicy.modes.sort(), Object.keys(memoryPolicies).sort())
  assert.equal(linux.memoryPolicy.flags.length, 3)
})

test.run()
