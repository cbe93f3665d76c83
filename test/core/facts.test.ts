import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cannedFacts, factsBut } from '#core/sys/facts'
import { identify, isAlive } from '#core/sys/identity'
import { directories } from '#core/sys/paths'
import { cgroupLayout, idsIn, isInitialUserNamespace, probeFacts, subordinateIds, which } from '#core/sys/probe'
import { needs } from '#support/needs'

const v1 = '30 23 0:26 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n'
const v2 = '31 23 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw\n'
const other = '22 1 0:20 / /proc rw - proc proc rw\n'

test('factsBut keeps what is looked up later when it is asked for, and when all is written down', () => {
  let asked = 0
  const lazy = {
    ...cannedFacts.v2,
    get kernel() {
      asked++
      return '6.0'
    },
  }
  const facts = factsBut(lazy, { idmap: false, files: ['/a'] })
  assert.is(asked, 0)
  assert.equal(JSON.parse(JSON.stringify(facts)), { ...cannedFacts.v2, kernel: '6.0', idmap: false, files: ['/a'] })
})

test('cgroupLayout tells the three layouts apart when mountinfo shows them', () => {
  assert.is(cgroupLayout(other + v1), 'v1')
  assert.is(cgroupLayout(other + v2), 'v2')
  assert.is(cgroupLayout(v1 + v2), 'hybrid')
  assert.is(cgroupLayout(other), 'none')
  assert.is(cgroupLayout(''), 'none')
})

test('cgroupLayout is not misled when a mount point is called cgroup', () => {
  assert.is(cgroupLayout('40 23 0:40 / /mnt/cgroup rw - tmpfs cgroup rw\n'), 'none')
})

test('subordinateIds gives the ranges of a user when named by name or number', () => {
  const text = 'anna:100000:65536\n# note\nben:200000:10\n1000:300000:5\n'
  assert.equal(subordinateIds(text, 1000, 'anna'), [
    { start: 100000, count: 65536 },
    { start: 300000, count: 5 },
  ])
  assert.equal(subordinateIds(text, 7, 'ben'), [{ start: 200000, count: 10 }])
  assert.equal(subordinateIds(text, 8, 'cleo'), [])
})

test('subordinateIds skips a line when it is no range', () => {
  assert.equal(subordinateIds('a:x:1\na:1:x\na:1\na\n\na:5:0\n', 1, 'a'), [])
})

test('idsIn gives the ids of this side when maps are read, and all without a map', () => {
  assert.equal(idsIn('         0       1000          1\n         1     100000      65536\n'), [
    { start: 0, count: 1 },
    { start: 1, count: 65536 },
  ])
  assert.equal(idsIn(''), cannedFacts.v2.userNamespace.uids)
  assert.equal(idsIn('         0          0 4294967295\n'), cannedFacts.v2.userNamespace.uids)
})

test('isInitialUserNamespace knows the first one by its number, and where there are none', () => {
  assert.ok(isInitialUserNamespace('user:[4026531837]'))
  assert.ok(isInitialUserNamespace(''))
  assert.not(isInitialUserNamespace('user:[4026532201]'))
})

test('probeFacts has what canned facts have when it looks at this host', () => {
  const facts = probeFacts()
  assert.equal(Object.keys(facts).sort(), Object.keys(cannedFacts.v2).sort())
  assert.equal(JSON.parse(JSON.stringify(facts)), facts)
  for (const [name, path] of Object.entries(facts.tools)) assert.ok(path === null || path.startsWith('/'), name)
})

test('canned facts differ in their cgroups when they stand for the three layouts', () => {
  assert.equal(
    Object.entries(cannedFacts).map(([name, { cgroup }]) => [name, cgroup]),
    [
      ['v1', 'v1'],
      ['v2', 'v2'],
      ['hybrid', 'hybrid'],
    ],
  )
})

test('which finds a program when it is there, and null when not', () => {
  assert.ok(which('sh')?.startsWith('/'))
  assert.is(which('no-such-program-anywhere'), null)
})

test('directories follow the user and the environment when they are asked for', () => {
  assert.equal(directories({}, 0), { data: '/var/lib/mini-docker', run: '/run/mini-docker' })
  assert.equal(directories({ HOME: '/home/a', XDG_RUNTIME_DIR: '/run/user/5' }, 5), {
    data: '/home/a/.local/share/mini-docker',
    run: '/run/user/5/mini-docker',
  })
  assert.equal(directories({ MINI_DOCKER_ROOT: '/d', MINI_DOCKER_RUN: '/r' }, 0), { data: '/d', run: '/r' })
  assert.is(directories({ HOME: '/home/a' }, 5).run, '/tmp/mini-docker-5', 'its parent is sticky')
})

test('directories are absolute when they were given relative to where we stand', () => {
  const here = process.cwd()
  assert.equal(directories({ MINI_DOCKER_ROOT: 'd/', MINI_DOCKER_RUN: './r/../q' }, 0), {
    data: `${here}/d`,
    run: `${here}/q`,
  })
  assert.equal(directories({ XDG_DATA_HOME: 'share', XDG_RUNTIME_DIR: 'runtime' }, 5), {
    data: `${here}/share/mini-docker`,
    run: `${here}/runtime/mini-docker`,
  })
})

const onLinux = needs('linux')

onLinux('identify knows a process again when it still runs', () => {
  const me = identify(process.pid)!
  assert.ok(isAlive(me))
  assert.equal(identify(process.pid), me)
})

onLinux('identify knows a process no more when number, start or boot is another', () => {
  const me = identify(process.pid)!
  assert.not(isAlive({ ...me, startTime: '1' }))
  assert.not(isAlive({ ...me, boot: 'another' }))
  assert.not(isAlive({ ...me, pid: 2 ** 22 + 1 }))
  assert.is(identify(2 ** 22 + 1), null)
})

test.run()
