/** ch2: each kind of namespace is the container's own, or the host's when that is asked for. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run, start } from '#support/cli'
import { factsOf } from '#support/inside'
import { needs } from '#support/needs'
import { descendant, initOf, namespaceOf, statusOf } from '#support/processes'
import { leftovers, newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const ch2 = ['ch2', 'run'] as const
const kinds = ['mnt', 'pid', 'uts', 'ipc', 'net', 'cgroup', 'time', 'user'] as const
const host = Object.fromEntries(kinds.map(kind => [kind, namespaceOf('self', kind)]))
const differing = (ns: Readonly<Record<string, number>>): string[] => kinds.filter(kind => ns[kind] !== host[kind])

asRoot('ch2 makes every namespace new but the user namespace when nothing is said', async () => {
  const { ns, pid, ppid, processes, session } = await factsOf(world, ch2)
  assert.equal(differing(ns), ['mnt', 'pid', 'uts', 'ipc', 'net', 'cgroup', 'time'])
  assert.is(ns.pid_for_children, ns.pid)
  assert.is(ns.time_for_children, ns.time)
  assert.equal([pid, ppid, session], [1, 0, 1])
  assert.equal(processes, [1])
})

const switches = {
  pid: ['--no-pid'],
  uts: ['--no-uts'],
  ipc: ['--no-ipc'],
  net: ['--net', 'host'],
  cgroup: ['--no-cgroup'],
  time: ['--no-time'],
} as const

for (const userns of [[], ['--userns']]) {
  asRoot(
    `ch2 shares one namespace and no other when its flag is given${userns.map(flag => ` with ${flag}`)}`,
    async () => {
      const checks = Object.entries(switches).map(async ([kind, flags]) => {
        const { ns } = await factsOf(world, [...ch2, ...userns, ...flags])
        const expected = kinds.filter(one => one !== kind && (one !== 'user' || userns.length > 0))
        assert.equal(differing(ns), expected, `${userns} ${flags}`)
      })
      await Promise.all(checks)
      assert.equal(await leftovers(world), [])
    },
  )
}

asRoot('ch2 runs in the mounts of the host, jailed by chroot, when --no-mount is given', async () => {
  const before = fs.readFileSync('/proc/self/mountinfo', 'utf8')
  const cli = start(world, [...ch2, '--no-mount', '--name', 'unmounted', 'sleep', '60'])
  const pid = await descendant(cli.pid, 'sleep')
  assert.is(namespaceOf(pid, 'mnt'), host.mnt)
  assert.is.not(namespaceOf(pid, 'uts'), host.uts)
  assert.is(fs.readlinkSync(`/proc/${pid}/root`), world.rootfs)
  assert.not.match(before, `${world.rootfs}/proc`)
  process.kill(pid, 'SIGKILL')
  assert.is((await cli.done).code, 137)
  assert.equal(await leftovers(world), [])
})

asRoot('ch2 shares everything when every flag says so', async () => {
  const all = ['--no-mount', ...Object.values(switches).flat()]
  const cli = start(world, [...ch2, ...all, 'sleep', '60'])
  const pid = await descendant(cli.pid, 'sleep')
  assert.equal(
    kinds.filter(kind => namespaceOf(pid, kind) !== host[kind]),
    [],
  )
  process.kill(pid, 'SIGTERM')
  assert.is((await cli.done).code, 143)
})

asRoot('ch2 gives it a host name of its own when the host keeps its own', async () => {
  const own = os.hostname()
  const [named, unnamed, byName, domain] = await Promise.all([
    factsOf(world, [...ch2, '--hostname', 'box.example']),
    factsOf(world, ch2),
    factsOf(world, [...ch2, '--name', 'called']),
    factsOf(world, [...ch2, '--domainname', 'lan.example']),
  ])
  assert.is(named.hostname, 'box.example')
  assert.ok(named.env.includes('HOSTNAME=box.example'))
  assert.match(unnamed.hostname, /^[0-9a-f]{12}$/)
  assert.is(byName.hostname, 'called')
  assert.is(domain.domainname, 'lan.example')
  assert.is(os.hostname(), own)
})

asRoot('a container changes its host name and not the host’s when it is root inside', async () => {
  const own = os.hostname()
  const word = `h${nonce()}`
  const { stdout } = await run(world, [...ch2, 'sh', '-c', `hostname ${word} && hostname`])
  assert.is(stdout, `${word}\n`)
  assert.is(os.hostname(), own)
})

asRoot('ch2 ends all of a container when number 1 ends', async () => {
  const cli = start(world, [
    ...ch2,
    '--name',
    'ending',
    'sh',
    '-c',
    'sleep 61 & sleep 62 & setsid sleep 63 & sleep 0.3; exit 7',
  ])
  const pids = await Promise.all(['sh', 'sleep'].map(name => descendant(cli.pid, name)))
  assert.equal(
    pids.map(pid => statusOf(pid, 'NSpid').length),
    [2, 2],
  )
  assert.is((await cli.done).code, 7)
  assert.equal(await leftovers(world), [])
})

asRoot('ch2 without a pid namespace ends what the program left when the program ends', async () => {
  const cli = start(world, [...ch2, '--no-pid', 'sh', '-c', 'sleep 61 & setsid sleep 62 & sleep 0.2; exit 7'])
  assert.is((await cli.done).code, 7)
  assert.equal(await leftovers(world), [])
})

asRoot('two containers do not see each other’s processes, names, mounts and queues when they run at once', async () => {
  const word = nonce()
  const box = (name: string) =>
    start(
      world,
      [
        ...ch2,
        '--name',
        name,
        '-i',
        '--tmpfs',
        '/mine',
        'sh',
        '-c',
        `echo ${name} >/mine/${name}; echo up; cat; inside facts; ls /mine`,
      ],
      {
        keepStdin: true,
      },
    )
  const both = ['one', 'two'].map(box)
  await Promise.all(both.map(cli => cli.says(/up/)))
  const inits = await Promise.all(['one', 'two'].map(name => initOf(world, name)))
  for (const kind of kinds.filter(kind => kind !== 'user')) {
    assert.is.not(namespaceOf(inits[0]!, kind), namespaceOf(inits[1]!, kind), kind)
  }
  for (const cli of both) cli.child.stdin!.end(word)
  const shown = await Promise.all(both.map(cli => cli.done))
  shown.forEach(({ stdout }, i) => {
    const name = ['one', 'two'][i]!
    const [, json, ...listed] = stdout.replace(word, '').trim().split('\n')
    const facts = JSON.parse(json!) as { hostname: string; processes: number[] }
    assert.is(facts.hostname, name)
    assert.is(facts.processes.length, 2) // the shell and the probe
    assert.equal(listed, [name])
  })
  assert.equal(await leftovers(world), [])
})

const withClocks = needs('root', 'native', 'inside', 'time namespaces')

withClocks('ch2 moves the clocks when offsets are given', async () => {
  const [plain, moved] = await Promise.all([
    factsOf(world, ch2),
    factsOf(world, [...ch2, '--boottime', '86400', '--monotonic', '-60']),
  ])
  const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) <= 5, `${a} ${b}`)
  close(moved.clock.boottime - plain.clock.boottime, 86_400)
  close(moved.clock.monotonic - plain.clock.monotonic, -60)
  close(plain.clock.boottime, os.uptime())
})

withClocks('ch2 shows the moved uptime in /proc when --boottime is given', async () => {
  const { stdout } = await run(world, [...ch2, '--boottime', '1000000', 'cat', '/proc/uptime'])
  assert.ok(Number(stdout.split(' ')[0]) > 1_000_000, stdout)
})

test.run()
