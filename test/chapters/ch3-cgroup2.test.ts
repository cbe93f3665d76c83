/**
 * What is special to cgroup v2 where it is the only one: run by `npm run test:cgroup2`. Limits themselves are tested on
 * either version elsewhere.
 */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cgroup, cgroupsOf, cgroupsOfContainer, limitOf, membersOf } from '#support/cgroups'
import { type Options, type Running, run, start } from '#support/cli'
import { needs } from '#support/needs'
import { initOf } from '#support/processes'
import { newUser } from '#support/users'
import { leftovers, newWorld, nonce, readOr, until } from '#support/world'

const world = newWorld()
const onV2 = needs('root', 'native', 'inside', 'cgroup v2', 'controller memory', 'controller pids')
const top = '/sys/fs/cgroup'

const linesOf = (file: string): string[] => readOr('', file).trim().split(/\s+/)

/** All cgroups below, relative, sorted. */
const cgroupsBelow = (directory: string): string[] =>
  fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => `${entry.parentPath}/${entry.name}`.slice(directory.length + 1))
    .sort()

const ours = (): string[] =>
  fs.existsSync(`${top}/mini-docker`) ? ['mini-docker', ...cgroupsBelow(`${top}/mini-docker`)] : []

async function nothingIsLeft(): Promise<void> {
  assert.equal(await leftovers(world), [])
  assert.equal(ours(), [])
}

/** Runs `body` beside a container of that name, and ends it. */
async function beside(
  flags: readonly string[],
  body: (name: string, cgroup: Cgroup, init: number) => void | Promise<void>,
  options: Options = {},
): Promise<void> {
  const name = nonce()
  const cli = start(world, ['ch3', 'run', '--name', name, ...flags, 'sh', '-c', 'echo up; sleep 600; :'], {
    seconds: 60,
    ...options,
  })
  try {
    await cli.says(/up/)
    const [cgroup] = await cgroupsOfContainer(world, name)
    await body(name, cgroup!, await initOf(world, name))
  } finally {
    if (cli.child.exitCode === null) process.kill(await initOf(world, name), 'SIGKILL')
    await cli.done
  }
}

onV2('init is born in its cgroup when its start is traced: nobody ever moves it there', async () => {
  const { stderr, stdout, code } = await run(
    world,
    ['ch3', 'run', '--trace', '--memory', '64m', 'cat', '/proc/self/cgroup'],
    { seconds: 60 },
  )
  assert.is(code, 0, stderr)
  assert.match(stderr, /clone3\(CLONE_PARENT\|CLONE_INTO_CGROUP, SIGCHLD, <cgroup>\) = 0/)
  assert.not.match(stderr, /cgroup\.procs/)
  assert.is(stdout.trim(), '0::/')
  await nothingIsLeft()
})

const traced = needs('root', 'native', 'cgroup v2', 'controller memory', 'strace')
traced('the stage asks for clone3 with the cgroup when strace looks on, and writes no cgroup.procs', async () => {
  const log = world.path()
  const prefix = ['strace', '-f', '-qq', '-o', log, '-e', 'trace=clone3,write,unshare,execve']
  const result = await run(world, ['ch3', 'run', '--memory', '64m', 'true'], { prefix, seconds: 60 })
  assert.is(result.code, 0, result.stderr)
  const lines = fs.readFileSync(log, 'utf8').split('\n')
  const born = lines.findIndex(line => /clone3\(\{flags=[^}]*CLONE_INTO_CGROUP[^}]*cgroup=\d+/.test(line))
  const own = lines.findIndex(line => line.includes('unshare(CLONE_NEWCGROUP)'))
  assert.ok(born >= 0, 'clone3 into the cgroup')
  assert.ok(own > born, 'the cgroup namespace is made by init, that is, later')
  await nothingIsLeft()
})

for (const flags of [[], ['--userns']]) {
  const who = flags.length === 0 ? 'its own root' : 'a user namespace'
  onV2(
    `the container sees its cgroup as "/" when it has ${who}, and the host's processes stay where they are`,
    async () => {
      const before = cgroupsOf('self')[0]!.directory
      await beside([...flags, '--memory', '64m', '--pids-limit', '20'], async (name, cgroup, init) => {
        assert.is(cgroup.directory, `${top}/mini-docker/${name}`)
        assert.is(limitOf([cgroup], 'memory limit'), 64 * 2 ** 20)
        assert.is(limitOf([cgroup], 'pids limit'), 20)
        const members = membersOf(cgroup)
        assert.ok(members.includes(init))
        // all that it runs and nothing else: no stage, no monitor
        for (const pid of members)
          assert.is(fs.readlinkSync(`/proc/${pid}/ns/pid`), fs.readlinkSync(`/proc/${init}/ns/pid`))
        assert.not.equal(fs.readlinkSync(`/proc/${init}/ns/cgroup`), fs.readlinkSync('/proc/self/ns/cgroup'))
        const { stdout } = await run(world, ['ch3', 'exec', name, 'cat', '/proc/self/cgroup'], { seconds: 60 })
        assert.is(stdout.trim(), '0::/', 'who joins is in it, too')
        assert.is(cgroupsOf('self')[0]!.directory, before)
      })
      await nothingIsLeft()
    },
  )
}

onV2('controllers are enabled from the top down when a container lies deep, and go with its parents', async () => {
  const parent = `/${nonce()}/b/c`
  await beside(['--cgroup-parent', parent, '--memory', '64m'], (name, cgroup) => {
    assert.is(cgroup.directory, `${top}${parent}/${name}`)
    const names = parent.slice(1).split('/')
    for (const [i] of names.entries()) {
      const enabled = linesOf(`${top}/${names.slice(0, i + 1).join('/')}/cgroup.subtree_control`)
      for (const controller of ['cpu', 'memory', 'pids']) assert.ok(enabled.includes(controller), `${i}: ${enabled}`)
    }
    assert.equal(linesOf(`${cgroup.directory}/cgroup.subtree_control`), [''], 'what holds processes hands nothing down')
  })
  assert.not.ok(fs.existsSync(`${top}/${parent.split('/')[1]}`))
  await nothingIsLeft()
})

onV2('devices are denied but for the harmless when a program of ours is asked, and nodes can be made', async () => {
  const script = `
    cat /dev/null && echo null-ok
    mknod /tmp/disk-$$ b 7 99 && echo made
    cat /tmp/disk-$$
    rm /tmp/disk-$$
    mknod /tmp/kmsg-$$ c 1 11 && cat /tmp/kmsg-$$
    rm /tmp/kmsg-$$`
  const denied = await run(world, ['ch3', 'run', 'sh', '-c', script], { seconds: 60 })
  assert.equal(denied.stdout.trim().split('\n'), ['null-ok', 'made'], denied.stderr)
  assert.is(denied.stderr.match(/Operation not permitted/g)?.length, 2, denied.stderr)
  const rule = ['--device-cgroup-rule', 'b 7:99 r']
  const allowed = await run(world, ['ch3', 'run', ...rule, 'sh', '-c', script], { seconds: 60 })
  // what that disk says when it is opened is its own matter
  assert.match(allowed.stderr, /kmsg-\d+.*Operation not permitted/)
  assert.not.match(allowed.stderr, /disk-\d+.*Operation not permitted/)
  await nothingIsLeft()
})

onV2('a whole tree of processes is gone when its creator was killed and another command comes', async () => {
  const name = nonce()
  const script = 'for i in 1 2 3 4 5; do setsid sleep 300 & done; echo up; sleep 300'
  const cli = start(world, ['ch3', 'run', '--name', name, '--pids-limit', '20', 'sh', '-c', script], { seconds: 60 })
  await cli.says(/up/)
  const cgroup = (await cgroupsOfContainer(world, name))[0]!
  await until('all of them run', () => membersOf(cgroup).length >= 6)
  process.kill(cli.pid, 'SIGKILL')
  await cli.done
  const next = await run(world, ['ch3', 'run', 'true'], { seconds: 60 })
  assert.is(next.code, 0, next.stderr)
  assert.not.ok(fs.existsSync(cgroup.directory))
  await nothingIsLeft()
})

onV2('all of a container is killed with the one that ate too much when memory.oom.group is set', async () => {
  // those that eat come first: while the memory of one that was killed is not given back yet, the kernel takes another
  const first = 'echo 1000 >/proc/self/oom_score_adj'
  const eater = `sleep 300 & sh -c "${first}; head -c 100m /dev/zero | tail -c 100m >/dev/null"; echo survived`
  const flags = ['--memory', '32m', '--memory-swap', '32m']
  const alone = await run(world, ['ch3', 'run', ...flags, 'sh', '-c', eater], { seconds: 60 })
  assert.match(alone.stdout, /survived/, alone.stderr)
  const together = await run(
    world,
    ['ch3', 'run', ...flags, '--cgroup-conf', 'memory.oom.group=1', 'sh', '-c', eater],
    {
      seconds: 60,
    },
  )
  assert.is(together.code, 137, together.stderr)
  assert.not.match(together.stdout, /survived/)
  assert.match(together.stderr, /killed: memory limit 32MiB reached/)
  await nothingIsLeft()
})

/** A cgroup handed over as systemd's Delegate= does: cgroup-v2.rst "Model of Delegation". */
function delegate(uid: number): string {
  const directory = `${top}/delegated-${nonce()}`
  fs.mkdirSync(directory)
  for (const name of ['', '/cgroup.procs', '/cgroup.subtree_control', '/cgroup.threads']) {
    fs.chownSync(`${directory}${name}`, uid, uid)
  }
  return directory
}

/** What is started by it begins in that cgroup. */
const startedIn = (directory: string): string[] => ['sh', '-c', `echo $$ >${directory}/cgroup.procs && exec "$@"`, 'sh']

/** Somebody else's process in the same cgroup, until `body` is over. */
async function withNeighbour(directory: string, body: (pid: number) => Promise<void>): Promise<void> {
  const neighbour = spawn('sleep', ['300'], { stdio: 'ignore' })
  try {
    fs.writeFileSync(`${directory}/cgroup.procs`, String(neighbour.pid))
    await body(neighbour.pid!)
  } finally {
    neighbour.kill('SIGKILL')
    await new Promise(resolve => neighbour.on('close', resolve))
  }
}

async function removed(directory: string): Promise<void> {
  await until(`nobody is in ${directory}`, () => readOr('', `${directory}/cgroup.procs`) === '')
  fs.rmdirSync(directory)
}

onV2(
  'an ordinary user has limits in a delegated cgroup when it holds the shell, which is moved back in the end',
  async () => {
    const user = newUser(world)
    const directory = delegate(user.uid)
    const options: Options = {
      ...user.options,
      prefix: [...startedIn(directory), ...user.options.prefix!],
      seconds: 60,
    }
    const flags = ['--rootfs', world.rootfs, '--memory', '64m', '--pids-limit', '30']
    await withNeighbour(directory, async neighbour => {
      const one = start(world, ['ch3', 'run', '--name', 'one', ...flags, 'sh', '-c', 'echo up; sleep 600; :'], options)
      await one.says(/up/)
      const cgroup = cgroupsOf(await initOf({ ...world, run: user.run }, 'one'))[0]!
      assert.is(cgroup.directory, `${directory}/mini-docker/one`)
      assert.is(limitOf([cgroup], 'memory limit'), 64 * 2 ** 20)
      assert.equal(membersOf({ ...cgroup, directory }), [])
      const leaf = cgroupsOf(neighbour)[0]!
      assert.is(leaf.directory, `${directory}/mini-docker-init`)
      // from within the leaf, where a shell would be now
      const inLeaf = { ...options, prefix: [...startedIn(leaf.directory), ...user.options.prefix!] }
      const two = await run(world, ['ch3', 'run', ...flags, 'cat', '/proc/self/cgroup'], inLeaf)
      assert.is(two.stdout.trim(), '0::/', two.stderr)
      assert.equal(cgroupsBelow(directory), ['mini-docker', 'mini-docker-init', 'mini-docker/one'])
      process.kill(await initOf({ ...world, run: user.run }, 'one'), 'SIGKILL')
      await one.done
      assert.equal(cgroupsBelow(directory), [])
      assert.equal(linesOf(`${directory}/cgroup.subtree_control`), [''])
      assert.is(cgroupsOf(neighbour)[0]!.directory, directory)
    })
    await removed(directory)
    await nothingIsLeft()
  },
)

onV2('a delegated cgroup stays as others use it when they made cgroups in it', async () => {
  const user = newUser(world)
  const directory = delegate(user.uid)
  fs.mkdirSync(`${directory}/theirs`)
  const options: Options = { ...user.options, prefix: [...startedIn(directory), ...user.options.prefix!], seconds: 60 }
  const { code, stderr } = await run(
    world,
    ['ch3', 'run', '--rootfs', world.rootfs, '--memory', '64m', 'true'],
    options,
  )
  assert.is(code, 0, stderr)
  assert.is(stderr, '')
  assert.ok(fs.existsSync(`${directory}/theirs/memory.max`), 'their limits are there')
  fs.rmdirSync(`${directory}/theirs`)
  await removed(`${directory}/mini-docker-init`)
  await removed(directory)
  await nothingIsLeft()
})

onV2('an ordinary user is told how to get a cgroup when none is delegated', async () => {
  const user = newUser(world)
  const { code, stderr } = await run(world, ['ch3', 'run', '--rootfs', world.rootfs, '--memory', '64m', 'true'], {
    ...user.options,
    seconds: 60,
  })
  assert.is(code, 125)
  assert.match(stderr, /--memory.*Delegate=yes/)
  assert.is(stderr.trim().split('\n').length, 1, stderr)
  await nothingIsLeft()
})

/** As it is in somebody's container: a cgroup namespace whose top is `directory`. */
const inContainer = (directory: string, mount: string): string[] => [
  ...startedIn(directory),
  'unshare',
  '-C',
  '-m',
  '--propagation',
  'private',
  'sh',
  '-c',
  `umount ${top} && mount -t cgroup2 -o ${mount} cgroup2 ${top} && exec "$@"`,
  'sh',
]

onV2('a container in a container has limits when the outer one may write to its cgroups', async () => {
  const directory = `${top}/outer-${nonce()}`
  fs.mkdirSync(directory)
  const cli: Running = start(world, ['ch3', 'run', '-i', '--memory', '64m', 'sh', '-c', 'echo up; read _; :'], {
    prefix: inContainer(directory, 'rw'),
    keepStdin: true,
    seconds: 60,
  })
  await cli.says(/up/)
  const [name] = fs
    .readdirSync(`${directory}/mini-docker`, { withFileTypes: true })
    .flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
  assert.is(linesOf(`${directory}/mini-docker/${name}/memory.max`)[0], String(64 * 2 ** 20))
  assert.ok(linesOf(`${directory}/mini-docker-init/cgroup.procs`).includes(String(cli.pid)))
  cli.child.stdin!.end('\n')
  assert.is((await cli.done).code, 0)
  assert.equal(cgroupsBelow(directory), [])
  await removed(directory)
  await nothingIsLeft()
})

onV2('a container in a container is refused in one line when the outer one has its cgroups read-only', async () => {
  const directory = `${top}/outer-${nonce()}`
  fs.mkdirSync(directory)
  const { code, stderr } = await run(world, ['ch3', 'run', '--memory', '64m', 'true'], {
    prefix: inContainer(directory, 'ro'),
    seconds: 60,
  })
  assert.is(code, 125)
  assert.match(stderr, /--memory.*read-only/)
  assert.is(stderr.trim().split('\n').length, 1, stderr)
  assert.equal(cgroupsBelow(directory), [])
  await removed(directory)
  await nothingIsLeft()
})

test.run()
