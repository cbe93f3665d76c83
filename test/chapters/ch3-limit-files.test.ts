/** Each flag of ch3 and what the kernel holds of it: in files of the cgroup, of either version, and in those of the process. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupsOf, cgroupsOfContainer, readFile, withController } from '#support/cgroups'
import { type Running, run, start } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { initOf } from '#support/processes'
import { leftovers, newWorld, nonce, readOr } from '#support/world'

const world = newWorld()
const MiB = 2 ** 20

/** A container that does nothing, looked at. */
async function during(flags: readonly string[], look: (name: string) => Promise<void>): Promise<void> {
  const name = nonce()
  const box: Running = start(world, ['ch3', 'run', '-i', '--name', name, ...flags, 'cat'], { keepStdin: true })
  const result = box.done
  box.child.stdin!.write('up\n')
  try {
    await box.says(/up/) // until then it may still be on its way
    await look(name)
  } finally {
    box.child.stdin!.end()
    await result
  }
}

/** Name of a file, and a line in it. */
type Line = readonly [file: string, line: string]
interface Row {
  readonly flags: readonly string[]
  readonly controller: string
  /** Each null where that version has nothing like it, which `bad input` tests. */
  readonly v1: readonly Line[] | null
  readonly v2: readonly Line[] | null
  /** Whether this kernel has the file at all: a weight of disks needs BFQ, swap its own switch. */
  readonly ifThere?: true
}

const disk = diskOf()

const rows: readonly Row[] = [
  row('cpu', ['--cpu-shares', '512'], [['cpu.shares', '512']], [['cpu.weight', '59']]),
  row(
    'cpu',
    ['--cpus', '0.75'],
    [
      ['cpu.cfs_quota_us', '75000'],
      ['cpu.cfs_period_us', '100000'],
    ],
    [['cpu.max', '75000 100000']],
  ),
  row(
    'cpu',
    ['--cpu-period', '50000', '--cpu-quota', '20000'],
    [
      ['cpu.cfs_quota_us', '20000'],
      ['cpu.cfs_period_us', '50000'],
    ],
    [['cpu.max', '20000 50000']],
  ),
  row('cpu', ['--cpu-quota', '-1'], [['cpu.cfs_quota_us', '-1']], [['cpu.max', 'max 100000']]),
  row(
    'cpuset',
    ['--cpuset-cpus', '0', '--cpuset-mems', '0'],
    [
      ['cpuset.cpus', '0'],
      ['cpuset.mems', '0'],
    ],
    [
      ['cpuset.cpus', '0'],
      ['cpuset.mems', '0'],
    ],
  ),
  row('memory', ['--memory', '64m'], [['memory.limit_in_bytes', String(64 * MiB)]], [['memory.max', String(64 * MiB)]]),
  {
    ...row(
      'memory',
      ['-m', '64m'],
      [['memory.memsw.limit_in_bytes', String(128 * MiB)]],
      [['memory.swap.max', String(64 * MiB)]],
    ),
    ifThere: true,
  },
  {
    ...row(
      'memory',
      ['--memory', '64m', '--memory-swap', '96m'],
      [['memory.memsw.limit_in_bytes', String(96 * MiB)]],
      [['memory.swap.max', String(32 * MiB)]],
    ),
    ifThere: true,
  },
  {
    ...row(
      'memory',
      ['--memory', '64m', '--memory-swap', '-1'],
      [['memory.limit_in_bytes', String(64 * MiB)]],
      [['memory.swap.max', 'max']],
    ),
    ifThere: true,
  },
  row(
    'memory',
    ['--memory-reservation', '32m'],
    [['memory.soft_limit_in_bytes', String(32 * MiB)]],
    [['memory.low', String(32 * MiB)]],
  ),
  row('memory', ['--memory-swappiness', '10'], [['memory.swappiness', '10']], null),
  row('memory', ['--memory', '64m', '--oom-kill-disable'], [['memory.oom_control', 'oom_kill_disable 1']], null),
  row('memory', ['--cgroup-conf', 'memory.high=33554432'], null, [['memory.high', '33554432']]),
  row('pids', ['--pids-limit', '20'], [['pids.max', '20']], [['pids.max', '20']]),
  row('pids', ['--pids-limit', '-1'], [['pids.max', 'max']], [['pids.max', 'max']]),
  {
    ...row('io', ['--blkio-weight', '300'], [['blkio.bfq.weight', '300']], [['io.bfq.weight', 'default 300']]),
    ifThere: true,
  },
  row(
    'io',
    ['--device-read-bps', `${disk.path}:1mb`],
    [['blkio.throttle.read_bps_device', `${disk.number} 1048576`]],
    [['io.max', `${disk.number} rbps=1048576 wbps=max riops=max wiops=max`]],
  ),
  row(
    'io',
    ['--device-write-bps', `${disk.path}:2k`],
    [['blkio.throttle.write_bps_device', `${disk.number} 2048`]],
    [['io.max', `${disk.number} rbps=max wbps=2048 riops=max wiops=max`]],
  ),
  row(
    'io',
    ['--device-read-iops', `${disk.path}:30`],
    [['blkio.throttle.read_iops_device', `${disk.number} 30`]],
    [['io.max', `${disk.number} rbps=max wbps=max riops=30 wiops=max`]],
  ),
  row(
    'io',
    ['--device-write-iops', `${disk.path}:40`],
    [['blkio.throttle.write_iops_device', `${disk.number} 40`]],
    [['io.max', `${disk.number} rbps=max wbps=max riops=max wiops=40`]],
  ),
]

function row(controller: string, flags: readonly string[], v1: Row['v1'], v2: Row['v2']): Row {
  return { controller, flags, v1, v2 }
}

/** A node of our own for a disk that this machine has: /dev may have none. */
function diskOf(): { readonly path: string; readonly number: string; readonly there: boolean } {
  const path = world.path('disk')
  const names = fs.existsSync('/sys/block') ? fs.readdirSync('/sys/block') : []
  const name = names.find(one => one.startsWith('loop')) ?? names[0]
  if (name === undefined || process.geteuid!() !== 0) return { path, number: '', there: false }
  const number = fs.readFileSync(`/sys/block/${name}/dev`, 'utf8').trim()
  execFileSync('mknod', [path, 'b', ...number.split(':')])
  return { path, number, there: true }
}

for (const { controller, flags, v1, v2, ifThere } of rows) {
  const shown = flags.map(word => word.replace(disk.path, 'DISK')).join(' ')
  const version = isThere(`controller ${controller}`) ? withController(cgroupsOf('self'), controller).version : 2
  const lines = version === 1 ? v1 : v2
  if (lines === null) continue // nothing of the kind there: that it is refused is for ch3-bad-input
  const needed = [
    'root',
    'native',
    `controller ${controller}`,
    ...(shown.includes('DISK') && !disk.there ? ['a disk'] : []),
  ]
  needs(...needed)(`the kernel holds what is asked for when ${shown} is given`, async () => {
    const look = async (name: string): Promise<void> => {
      const cgroups = await cgroupsOfContainer(world, name)
      for (const [file, line] of lines) {
        const text = readFile(cgroups, controller, { v1: file, v2: file })
        assert.ok(text.split('\n').includes(line), `${file} says '${text}', not '${line}'`)
      }
    }
    await during(flags, look).catch(error => {
      // which of its files a kernel has can only be seen below the top: the command line says so, and names it
      if (!ifThere || !/ENOENT \(this kernel has no such file|ENOENT.* open '\S+memsw/.test(String(error))) throw error
      console.log(`\nskipped: the kernel holds what is asked for when ${shown} is given: needs ${lines[0]![0]}`)
    })
  })
}

const here = needs('root', 'native')

here('limits of a process are those that were asked for when prlimit looks from outside', () =>
  during(['--ulimit', 'nofile=100:200', '--ulimit', 'core=0', '--oom-score-adj', '500'], async name => {
    const pid = await initOf(world, name)
    const limits = fs.readFileSync(`/proc/${pid}/limits`, 'utf8')
    assert.match(limits, /^Max open files +100 +200 +files/m)
    assert.match(limits, /^Max core file size +0 +0 +bytes/m)
    assert.is(fs.readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(), '500')
  }),
)

needs(
  'root',
  'native',
  'controller pids',
)('a container lies where it is told to when --cgroup-parent is given', async () => {
  const parent = `/mini-docker/${nonce()}`
  const name = nonce()
  await during(['--cgroup-parent', parent, '--pids-limit', '9'], async () => undefined)
  const box = start(world, ['ch3', 'run', '-i', '--name', name, '--cgroup-parent', parent, 'cat'], { keepStdin: true })
  const membership = fs.readFileSync(`/proc/${await initOf(world, name)}/cgroup`, 'utf8')
  box.child.stdin!.end()
  await box.done
  const paths = membership
    .trim()
    .split('\n')
    .filter(line => !line.includes('name='))
    .map(line => line.split(':')[2])
  assert.equal([...new Set(paths)], [`${parent}/${name}`])
  const left = execFileSync('find', ['/sys/fs/cgroup', '-path', `*${parent}*`], { encoding: 'utf8' })
  assert.is(left, '', 'and what was made above it is gone with it')
})

/** What opening a node with the numbers of a device says: EPERM is the cgroup's no. */
async function tryDevice(flags: readonly string[], numbers: readonly [string, string]): Promise<string> {
  const script = `mknod /tmp/node c ${numbers.join(' ')} && inside try write /tmp/node`
  const { stdout, stderr } = await run(world, ['ch3', 'run', '--tmpfs', '/tmp:dev', ...flags, 'sh', '-c', script])
  assert.is(stderr, '')
  return stdout.trim()
}

needs(
  'root',
  'native',
  'inside',
)('a device can be opened when it is one of those for all, or a rule names it', async () => {
  assert.is(await tryDevice([], ['1', '3']), 'ok') // null
  assert.is(await tryDevice([], ['1', '1']), 'EPERM') // mem
  assert.is(await tryDevice([], ['10', '200']), 'EPERM') // net/tun
  assert.is.not(await tryDevice(['--device-cgroup-rule', 'c 10:200 rwm'], ['10', '200']), 'EPERM')
  assert.is(await tryDevice(['--device-cgroup-rule', 'c 10:200 r'], ['10', '200']), 'EPERM')
  assert.is.not(await tryDevice(['--device-cgroup-rule', 'c 10:* rw'], ['10', '200']), 'EPERM')
  assert.is(await tryDevice(['--device-cgroup-rule', 'a 10:200 rw'], ['1', '1']), 'EPERM')
  assert.is.not(await tryDevice(['--device-cgroup-rule', 'a 10:200 rw'], ['10', '200']), 'EPERM')
})

here('nothing is left when all of them have ended', async () => {
  assert.equal(await leftovers(world), [])
  assert.is(readOr('', `${world.run}/shared/cgroup:mini-docker/undo.json`), '')
})

test.run()
