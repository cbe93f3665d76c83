/** Limits that few ask for: buffers of TCP, marks and priorities of packets, RDMA. Written where there is a controller, refused where there is none. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { limitsV1 } from '#chapters/ch3-cgroups/limits/v1'
import { limitsV2 } from '#chapters/ch3-cgroups/limits/v2'
import type { Pass } from '#core/plan/assemble'
import { words } from '#core/plan/ops'
import type { Resources, Spec } from '#core/spec/runtime'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { makeBundle, Runtime } from '#support/bundle'
import { cgroupsOf } from '#support/cgroups'
import { isThere, needs } from '#support/needs'
import { newWorld } from '#support/world'

const world = newWorld()
const runtime = new Runtime(world)
const here = needs('root', 'native', 'cgroups')

const limited =
  (resources: Resources) =>
  (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, resources } })
const rare: Resources = {
  memory: { kernelTCP: 1_048_576 },
  network: {
    classID: 0x100001,
    priorities: [
      { name: 'lo', priority: 500 },
      { name: 'eth0', priority: 1000 },
    ],
  },
  rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 }, mlx4_0: { hcaObjects: 1000 } },
}
const writesOf = (pass: Pass, facts: Facts): string[] => {
  const process = { user: { uid: 0, gid: 0 }, args: ['x'], cwd: '/' }
  const spec: Spec = {
    ociVersion: '1.3.0',
    root: { path: '/x' },
    process,
    linux: { cgroupsPath: '/box', resources: rare },
  }
  return pass(spec, facts).map(step =>
    words(step)
      .replace(/^write\(".*\/box\//, '')
      .replaceAll('"', '')
      .slice(0, -1),
  )
}

test('on v1 each is written to the file of its controller', () => {
  const [some] = cannedFacts.v1.hierarchies
  const more = ['net_cls', 'net_prio', 'rdma'].map(name => ({ ...some!, controllers: [name] }))
  assert.equal(writesOf(limitsV1, { ...cannedFacts.v1, hierarchies: [...cannedFacts.v1.hierarchies, ...more] }), [
    'memory.kmem.tcp.limit_in_bytes, 1048576',
    'net_cls.classid, 1048577',
    'net_prio.ifpriomap, lo 500',
    'net_prio.ifpriomap, eth0 1000',
    'rdma.max, mlx5_1 hca_handle=3 hca_object=10000',
    'rdma.max, mlx4_0 hca_object=1000',
  ])
})

test('on v2 there is RDMA alone', () => {
  const hierarchies = cannedFacts.v2.hierarchies.map(one => ({ ...one, controllers: [...one.controllers, 'rdma'] }))
  assert.equal(writesOf(limitsV2, { ...cannedFacts.v2, hierarchies }), [
    'rdma.max, mlx5_1 hca_handle=3 hca_object=10000',
    'rdma.max, mlx4_0 hca_object=1000',
  ])
})

here('the kernel keeps the buffers of TCP below what is asked for, and update changes that', () => {
  const memory = cgroupsOf('self').find(({ version, controllers }) => version === 1 && controllers.includes('memory'))
  if (memory === undefined) return console.log('\nskipped: buffers of TCP: needs cgroup v1 with memory')
  const id = runtime.newId()
  const bundle = makeBundle(world, ['sleep', '100'], limited({ memory: { kernelTCP: 1_048_576 } }))
  const { code, stderr } = runtime.run(['run', '-d', '-b', bundle, id], { output: world.path() })
  assert.equal([code, stderr], [0, ''])
  const own = cgroupsOf(runtime.state(id).pid).find(({ controllers }) => controllers.includes('memory'))!
  const kept = (): string => fs.readFileSync(`${own.directory}/memory.kmem.tcp.limit_in_bytes`, 'utf8')
  assert.is(kept(), '1048576\n')
  assert.is(runtime.run(['update', '-r', '-', id], { input: '{"memory":{"kernelTCP":2097152}}' }).code, 0)
  assert.is(kept(), '2097152\n')
  runtime.run(['delete', '-f', id])
})

here('what no controller of this machine keeps is refused by its name, and not forgotten', () => {
  for (const [controller, resources, field] of [
    ['net_cls', { network: { classID: 1 } }, 'network.classID'],
    ['net_prio', { network: { priorities: [{ name: 'lo', priority: 1 }] } }, 'network.priorities'],
    ['rdma', { rdma: { mlx5_1: { hcaHandles: 1 } } }, 'rdma'],
  ] as const) {
    if (isThere(`controller ${controller}`)) continue
    const { code, stderr } = runtime.run([
      'create',
      '-b',
      makeBundle(world, ['true'], limited(resources)),
      runtime.newId(),
    ])
    assert.is(code, 1)
    assert.match(
      stderr,
      new RegExp(`linux.resources.${field} .*: (this host has no controller '${controller}'|cgroup v2 has nothing)`),
    )
  }
  const nothing = limited({ network: {}, rdma: {}, memory: { kernelTCP: -1, kernel: -1 } })
  assert.equal(runtime.run(['run', '-b', makeBundle(world, ['true'], nothing), runtime.newId()]).code, 0)
})

here('a limit of kernel memory, which kernels have no more, is told of', () => {
  const bundle = makeBundle(world, ['true'], limited({ memory: { kernel: 1_048_576 } }))
  const { code, stderr } = runtime.run(['run', '-b', bundle, runtime.newId()])
  assert.equal([code, stderr], [0, 'mini-runc: not applied: linux.resources.memory.kernel\n'])
})

test.run()
