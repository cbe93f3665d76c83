/** What a user can get wrong in ch3, and what a machine may lack: one clear line that says what to do, and nothing left. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cannedFacts, type Facts } from '#core/sys/facts'
import { type Options, run } from '#support/cli'
import { needs } from '#support/needs'
import { newUser } from '#support/users'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
/** By which its cgroups would be known. */
const name = `bad-${nonce()}`

type Case = readonly [flags: readonly string[], said: string | RegExp, options?: Options]

const cgroupsOfOurs = (): string =>
  execFileSync('find', ['/sys/fs/cgroup', '-type', 'd', '-name', `*${name}*`], { encoding: 'utf8' })

/** Each has to say one line; a text is the whole of it. */
async function refused(cases: readonly Case[]): Promise<void> {
  const check = async ([flags, said, options = {}]: Case, i: number): Promise<void> => {
    const result = await run(world, ['ch3', 'run', '--name', `${name}-${i}`, ...flags, 'true'], options)
    const what = `${flags.join(' ')}: ${result.stderr}`
    if (typeof said === 'string') assert.is(result.stderr, `mini-docker: ${said}\n`, what)
    else assert.match(result.stderr, said, what)
    assert.match(result.stderr, /^mini-docker: [^\n]+ \([^\n]+\)\n$/, `${what}: one line, with a hint`)
    assert.not.match(result.stderr, /Error|undefined|NaN|no such file or directory,/, what)
    assert.is(result.code, 125, what)
    assert.is(result.stdout, '', what)
  }
  // some at a time: a machine of one processor has to start them all
  for (let i = 0; i < cases.length; i += 4) await Promise.all(cases.slice(i, i + 4).map((one, k) => check(one, i + k)))
  assert.equal(await leftovers(world), [])
  assert.is(cgroupsOfOurs(), '')
}

asRoot('ch3 refuses bad limits of the processor in one line', () =>
  refused([
    [['--cpus', '99'], /--cpus '99': is not from 0.01 to \d+, all the processors that there are \(--cpus [\d.]+\)/],
    [['--cpus', '0'], /--cpus '0': is not from 0.01 to/],
    [['--cpus', '-1'], /--cpus '-1': is no number of processors \(--cpus 0.5\)/],
    [['--cpus', 'half'], /--cpus 'half': is no number of processors/],
    [
      ['--cpuset-cpus', '0-99'],
      /--cpuset-cpus '0-99': there is no \d+ among the processors here \(there are [\d,-]+\)/,
    ],
    [['--cpuset-cpus', '1-'], "--cpuset-cpus '1-': is no list (--cpuset-cpus 0-1,3)"],
    [['--cpuset-mems', '77'], /--cpuset-mems '77': there is no 77 among the memory nodes here \(there are [\d,-]+\)/],
    [['--cpu-shares', '1'], "--cpu-shares '1': is not a number from 2 to 262144 (--cpu-shares 512)"],
    [['--cpu-shares=-5'], /--cpu-shares '-5': is not a number/],
    [['--cpu-period', '10'], "--cpu-period '10': is not a number from 1000 to 1000000 (--cpu-period 100000)"],
    [['--cpu-quota', '10'], "--cpu-quota '10': is not a number of 1000 or more (--cpu-quota 50000)"],
    [
      ['--cpus', '1', '--cpu-quota', '10000'],
      '--cpus: says the same as --cpu-period and --cpu-quota (leave one of the two out)',
    ],
  ]),
)

asRoot('ch3 refuses bad amounts of memory and processes in one line', () =>
  refused([
    [['--memory', '64q'], "--memory '64q': is no number of bytes (--memory 64m: b, k, m, g)"],
    [['--memory=-64m'], /--memory '-64m': is no number of bytes/],
    [['--memory', ''], /--memory '': is no number of bytes/],
    [['--memory', '1m'], "--memory '1m': is less than 6m: no program would start (--memory 64m)"],
    [
      ['--memory', '64m', '--memory-swap', '32m'],
      "--memory-swap '32m': is less than --memory: it counts both (--memory-swap 64m)",
    ],
    [['--memory-swap', '64m'], "--memory-swap '64m': counts memory too, and that has no limit (add --memory)"],
    [
      ['--memory', '64m', '--memory-reservation', '128m'],
      "--memory-reservation '128m': is more than --memory (reserve less)",
    ],
    [['--memory-swappiness', '101'], /--memory-swappiness '101': is not a number from 0 to 100/],
    [['--pids-limit', '-2'], "--pids-limit '-2': is not a number from -1 to 4194304 (--pids-limit 100)"],
    [['--pids-limit', 'many'], /--pids-limit 'many': is not a number/],
    [['--oom-score-adj', '1001'], "--oom-score-adj '1001': is not a number from -1000 to 1000 (--oom-score-adj 500)"],
    [['--ulimit', 'foo=1'], /--ulimit 'foo=1': there is no limit 'foo' \(.*nofile.*\)/],
    [['--ulimit', 'nofile'], "--ulimit 'nofile': is not NAME=SOFT[:HARD] (--ulimit nofile=1024:2048)"],
    [
      ['--ulimit', 'nofile=20:10'],
      "--ulimit 'nofile=20:10': its soft limit is above the hard one (--ulimit nofile=1024:2048)",
    ],
  ]),
)

const disk = world.path('disk')

needs(
  'root',
  'native',
  'inside',
  'mknod',
)('ch3 refuses bad disks, devices, networks and files in one line', () => {
  execFileSync('mknod', [disk, 'b', '4000', '77']) // no such disk
  return refused([
    [['--blkio-weight', '9'], "--blkio-weight '9': is not a number from 10 to 1000 (--blkio-weight 500)"],
    [['--device-read-bps', '/no:1mb'], "--device-read-bps '/no': ENOENT (lsblk lists the disks)"],
    [
      ['--device-read-bps', '/dev/null:1mb'],
      "--device-read-bps '/dev/null': is no block device (lsblk lists the disks)",
    ],
    [['--device-read-bps', disk], /--device-read-bps '.*': is not DEVICE:RATE \(--device-read-bps \/dev\/sda:1mb\)/],
    [
      ['--device-write-bps', `${disk}:fast`],
      "--device-write-bps 'fast': is no number of bytes (--device-write-bps /dev/sda:1m: b, k, m, g)",
    ],
    [
      ['--device-read-iops', `${disk}:-3`],
      "--device-read-iops '-3': is not a number of 0 or more (--device-read-iops /dev/sda:100)",
    ],
    [
      ['--device-read-bps', `${disk}:1m`],
      /blockIO\.throttleReadBpsDevice \(--device-read-bps\): '4000:77 .*' to '\/sys\/fs\/cgroup\/.*': (ENODEV|ENXIO) \(there is no such device\)/,
    ],
    [
      ['--device-cgroup-rule', 'x 1:3 rwm'],
      "--device-cgroup-rule 'x 1:3 rwm': is not TYPE MAJOR:MINOR ACCESS (--device-cgroup-rule 'c 10:229 rwm')",
    ],
    [['--device-cgroup-rule', 'c 1:3'], /--device-cgroup-rule 'c 1:3': is not TYPE/],
    [['--device-cgroup-rule', 'c 4294967296:1 r'], /--device-cgroup-rule 'c 4294967296:1 r': is not TYPE/],
    [
      ['--net-rate-in', '1mbit'],
      '--net-rate-in: is for a container with a cable of its own (add --net bridge, as root)',
    ],
    [['--net-rate-out', '1mbit'], /--net-rate-out: is for a container with a cable of its own/],
    [['--net-rate-in', '1'], /--net-rate-in '1': is no rate of 8kbit or more \(--net-rate-in 10mbit: /],
    [['--net-burst-in', '32k'], "--net-burst-in '32k': is a burst of no rate (add --net-rate-in)"],
    [['--cgroup-parent', '../x'], "--cgroup-parent '../x': is no path below the top (/my/group)"],
    [['--cgroup-parent', ''], /--cgroup-parent '': is no path/],
    [['--cgroup-conf', 'nonsense'], "--cgroup-conf 'nonsense': is not FILE=VALUE (--cgroup-conf memory.high=33554432)"],
    [['--cgroup-conf', '../memory.high=1'], /--cgroup-conf '\.\.\/memory\.high=1': is not FILE=VALUE/],
  ])
})

/** A machine that is thought of: what it lacks is said before anything is tried. */
function planned(facts: Facts): readonly string[] {
  const file = world.path()
  fs.writeFileSync(file, JSON.stringify(facts))
  return ['--explain', '--facts', file]
}
const but = (facts: Facts, change: (controllers: readonly string[]) => readonly string[]): Facts => ({
  ...facts,
  hierarchies: facts.hierarchies.map(one => ({ ...one, controllers: change(one.controllers) })),
})
const lacking = (facts: Facts, controller: string): Facts => but(facts, all => all.filter(one => one !== controller))
const { v1, v2 } = cannedFacts

asRoot('a limit that the machine cannot keep is refused by its name when it is asked for', () => {
  const missing = (field: string, controller: string): string =>
    `linux.resources.${field}: this host has no controller '${controller}' (mini-docker doctor says which there are, and how to get more; or leave it out)`
  const unlike = (field: string, version: string): string =>
    `linux.resources.${field}: cgroup ${version} has nothing like it, and that is what this host has (leave it out)`
  return refused([
    [[...planned(lacking(v1, 'memory')), '--memory', '64m'], missing('memory.limit (--memory)', 'memory')],
    [[...planned(lacking(v2, 'pids')), '--pids-limit', '9'], missing('pids.limit (--pids-limit)', 'pids')],
    [[...planned(lacking(v2, 'cpuset')), '--cpuset-cpus', '0'], missing('cpu.cpus (--cpuset-cpus)', 'cpuset')],
    [
      [...planned(lacking(v1, 'blkio')), '--blkio-weight', '50'],
      missing('blockIO (--blkio-weight, --device-read-bps …)', 'blkio'),
    ],
    [
      [...planned(v1), '--cgroup-conf', 'memory.high=9'],
      unlike("unified.'memory.high' (--cgroup-conf memory.high)", 'v1'),
    ],
    [
      [...planned(cannedFacts.hybrid), '--cgroup-conf', 'memory.high=9'],
      unlike("unified.'memory.high' (--cgroup-conf memory.high)", 'v1'),
    ],
    [[...planned(v2), '--memory-swappiness', '9'], unlike('memory.swappiness (--memory-swappiness)', 'v2')],
    [
      [...planned(v2), '--memory', '64m', '--oom-kill-disable'],
      unlike('memory.disableOOMKiller (--oom-kill-disable)', 'v2'),
    ],
    [
      [...planned({ ...v2, hierarchies: [] }), '--memory', '64m'],
      'linux.resources.memory.limit (--memory): no cgroup hierarchy is mounted (mount -t cgroup2 cgroup2 /sys/fs/cgroup)',
    ],
  ])
})

/** In a mount namespace of its own, where the script has made it so. */
const where = (script: string): Options => ({
  prefix: ['unshare', '-m', '--propagation', 'private', 'sh', '-ec', `${script}; exec "$@"`, 'sh'],
})
const eachHierarchy = "for at in $(awk '$3 ~ /^cgroup/ { print $2 }' /proc/mounts)"
const readOnly = where(`${eachHierarchy}; do mount -o remount,bind,ro $at; done`)
const none = where(`${eachHierarchy} /sys/fs/cgroup; do umount -l $at 2>/dev/null || true; done`)

needs(
  'root',
  'native',
  'inside',
  'unshare',
  'awk',
)('a hierarchy that is read-only or missing is named when a limit is asked for', async () => {
  const readOnlySaid =
    /linux\.resources\.memory\.limit \(--memory\): '\/sys\/fs\/cgroup[^']*' is mounted read-only \(mount -o remount,rw \/sys\/fs\/cgroup\S*; a container of Docker is started with --privileged --cgroupns=private\)/
  await refused([
    [['--memory', '64m'], readOnlySaid, readOnly],
    [['--cgroup-parent', '/mine'], '--cgroup-parent: no cgroup can be made here (mini-docker doctor)', readOnly],
    [['--memory', '64m'], /linux\.resources\.memory\.limit \(--memory\): no cgroup hierarchy is mounted \(mount/, none],
    [['--cgroup-parent', '/mine'], /--cgroup-parent: no cgroup can be made here/, none],
  ])
  for (const options of [readOnly, none]) {
    const { code, stderr } = await run(world, ['ch3', 'run', 'true'], options)
    assert.equal([code, stderr], [0, ''], 'who asks for no limit needs no cgroup')
  }
})

needs(
  'root',
  'native',
  'inside',
  'setpriv',
  'user namespaces',
)('an ordinary user is told what to do when a limit is asked for without delegation', async () => {
  const { options } = newUser(world)
  await refused([
    [
      ['--memory', '64m'],
      /linux\.resources\.memory\.limit \(--memory\): '\/sys\/fs\/cgroup[^']*' is not ours to write to \(sudo/,
      options,
    ],
    [
      ['--pids-limit', '9'],
      /linux\.resources\.pids\.limit \(--pids-limit\): '\/sys\/fs\/cgroup[^']*' is not ours to write to \(sudo/,
      options,
    ],
    [['--cgroup-parent', '/mine'], /--cgroup-parent: no cgroup can be made here/, options],
  ])
  const { code, stderr } = await run(world, ['ch3', 'run', 'true'], options)
  assert.equal([code, stderr], [0, ''])
})

asRoot('a spec is refused at the field that has a wrong type when it is given', async () => {
  const file = (linux: object, process: object = {}): readonly string[] => {
    const path = `${world.path()}.json`
    const root = { path: world.rootfs }
    const whole = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 }, ...process }
    fs.writeFileSync(path, JSON.stringify({ ociVersion: '1.2.1', root, process: whole, linux }))
    return ['--spec', path]
  }
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [file({ resources: { memory: { limit: '64m' } } }), /linux\.resources\.memory\.limit/],
    [file({ resources: { cpu: { shares: -1 } } }), /linux\.resources\.cpu\.shares/],
    [file({ resources: { cpu: { quota: 0.5 } } }), /linux\.resources\.cpu\.quota/],
    [file({ resources: { pids: 20 } }), /linux\.resources\.pids/],
    [file({ resources: { pids: {} } }), /linux\.resources\.pids\.limit/],
    [file({ resources: { devices: [{ type: 'c' }] } }), /linux\.resources\.devices\[0\]\.allow/],
    [file({ resources: { devices: [{ allow: true, access: 'x' }] } }), /linux\.resources\.devices\[0\]\.access/],
    [file({ resources: { unified: { '../x': '1' } } }), /linux\.resources\.unified/],
    [file({ resources: { blockIO: { throttleReadBpsDevice: [{ major: 8 }] } } }), /throttleReadBpsDevice\[0\]/],
    [file({ cgroupsPath: 7 }), /linux\.cgroupsPath/],
    [file({}, { rlimits: [{ type: 'RLIMIT_FOO', soft: 1, hard: 1 }] }), /process\.rlimits\[0\]\.type/],
    [file({}, { rlimits: [{ type: 'RLIMIT_CPU', soft: 2, hard: 1 }] }), /process\.rlimits\[0\]: soft is above hard/],
    [file({}, { oomScoreAdj: 'low' }), /process\.oomScoreAdj/],
  ]
  for (const [flags, said] of cases) {
    const { code, stderr } = await run(world, ['ch3', 'run', ...flags])
    assert.match(stderr, /^mini-docker: [^\n]+\n$/)
    assert.match(stderr, said)
    assert.is(code, 125)
  }
  assert.equal(await leftovers(world), [])
})

test.run()
