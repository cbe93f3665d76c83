/** The doctor and cgroups: which hierarchies are mounted, and which of them can be reached. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownCgroup } from '#core/doctor/cgroup'
import type { Check, Machine } from '#core/doctor/check'
import { placesOf as hierarchiesOf } from '#core/sys/hierarchies'
import { lockShared } from '#core/sys/libc'
import { canMakeIn, probeFacts } from '#core/sys/probe'
import { run } from '#support/cli'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

test('hierarchiesOf tells v1 controllers from v2 when both are mounted', () => {
  const mountinfo = [
    '30 20 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '31 20 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
    '32 20 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    '33 20 0:28 / /elsewhere rw - cgroup2 cgroup2 rw',
    '34 20 0:29 / /proc rw - proc proc rw',
  ].join('\n')
  assert.equal(hierarchiesOf(mountinfo, '2:cpu,cpuacct:/user/a\n1:name=systemd:/b\n0::/c/d\n'), [
    {
      version: 1,
      point: '/sys/fs/cgroup/cpu,cpuacct',
      controllers: ['cpu', 'cpuacct'],
      own: '/sys/fs/cgroup/cpu,cpuacct/user/a',
    },
    { version: 2, point: '/sys/fs/cgroup/unified', controllers: [], own: '/sys/fs/cgroup/unified/c/d' },
  ])
})

const machine = [
  '20 1 0:20 / / rw - ext4 /dev/vda rw',
  '21 20 0:21 / /sys rw - sysfs sysfs rw',
  '30 21 0:30 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
  '31 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
  '32 30 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
]
const pointsWith = (...more: readonly string[]): string[] =>
  hierarchiesOf([...machine, ...more].join('\n'), '').map(({ point }) => point)

test('hierarchiesOf leaves out what another mount covers', () => {
  assert.equal(pointsWith(), ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/unified'])
  const covers = {
    itself: '40 31 0:40 / /sys/fs/cgroup/cpu rw - tmpfs tmpfs rw',
    'the directory of all': '40 30 0:40 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
    'a directory above': '40 21 0:40 / /sys/fs rw - tmpfs tmpfs rw',
    'the mount above': '40 21 0:40 / /sys rw - tmpfs tmpfs rw',
  }
  for (const [what, line] of Object.entries(covers))
    assert.equal(pointsWith(line), what === 'itself' ? ['/sys/fs/cgroup/unified'] : [], what)
})

test('hierarchiesOf takes the upper one of two when both are mounted at one point', () => {
  assert.equal(pointsWith('40 30 0:32 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw'), ['/sys/fs/cgroup'])
  const both = ['40 32 0:33 / /sys/fs/cgroup/unified rw - cgroup cgroup rw,pids']
  assert.equal(pointsWith(...both), ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/unified'])
})

const effect = needs('linux', 'root', 'native', 'unshare')

for (const [what, cover, found] of [
  ['a tmpfs', 'mount -t tmpfs none /sys/fs/cgroup', /^no cgroup hierarchy is mounted$/],
  ['a hierarchy of version 2', 'mount -t cgroup2 none /sys/fs/cgroup', /^made and joined: v2$/],
] as const) {
  effect(
    `doctor comes back, and tries no hierarchy that it cannot reach, when ${what} covers those of cgroups`,
    async () => {
      const world = newWorld()
      const prefix = ['unshare', '--mount', '--propagation=private', 'sh', '-c', `${cover} && exec "$@"`, 'sh']
      const { stdout, stderr } = await run(world, ['doctor', 'ch3', '--json'], { prefix })
      assert.ok(stdout.startsWith('{'), stderr)
      const { checks } = JSON.parse(stdout) as { checks: Check[] }
      const own = checks.find(({ id }) => id === 'cgroup')!
      assert.match(own.found, found)
    },
  )
}

needs('root', 'cgroups')(
  'the cgroup above containers stays when a run keeps it while the doctor tidies up',
  async () => {
    const point = `${probeFacts().hierarchies.find(({ home }) => canMakeIn(home))!.home}/mini-docker-${nonce()}`
    const stem = `${point}/mini-docker`
    fs.mkdirSync(point)
    let fd = -1
    let remove = (): void => undefined
    const scratch = {
      onEnd(action: () => void) {
        remove = action
        fd = fs.openSync(stem, 'r')
        lockShared(fd) // a run that is about to make its own below
      },
    }
    const hierarchy = { version: 1, controllers: ['pids'], point, own: point, home: point }
    try {
      const machine = { facts: { hierarchies: [hierarchy] }, scratch } as unknown as Machine
      await Promise.allSettled([(async () => ownCgroup.look(machine))()]) // no stage is there to join it: its end counts
      assert.ok(fs.existsSync(stem))
      fs.closeSync(fd)
      remove()
      assert.not.ok(fs.existsSync(stem))
    } finally {
      if (fs.existsSync(stem)) fs.rmdirSync(stem)
      fs.rmdirSync(point)
    }
  },
)

test.run()
