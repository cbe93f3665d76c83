/** podman with mini-runc below conmon: containers and pods without a daemon. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { miniRunc } from '#support/bundle'
import { isThere, needs } from '#support/needs'
import { newWorld, nonce, until } from '#support/world'
import {
  ask,
  atTerminal,
  baseArchive,
  ended,
  type How,
  leftInCgroups,
  newCgroupParent,
  type Said,
  told,
} from './engines.js'

const needed = ['root', 'native', 'cgroups', 'overlay', 'podman', 'conmon', 'unshare', 'nsenter', 'iptables']
const here = needs(...needed)
const world = newWorld()
const parent = newCgroupParent()
let machine: ChildProcess | undefined
let client: readonly string[] = []

/** Limits that need no right to raise any. */
const settings = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
cgroup_parent = "${parent}"
[engine]
infra_image = "localhost/infra"
`

test.before(async () => {
  if (!needed.every(isThere)) return
  // what podman does to networks and mounts goes with these namespaces
  const script =
    'mount --make-rshared /; mount -t tmpfs none /var/lib; ip link set lo up; echo ready; exec sleep infinity'
  machine = spawn('unshare', ['-n', '-m', '--propagation', 'private', 'sh', '-ec', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => machine!.stdout!.once('data', resolve))
  const config = world.path()
  fs.writeFileSync(config, settings)
  client = [
    ...[
      'nsenter',
      '-t',
      String(machine.pid),
      '-n',
      '-m',
      'env',
      `CONTAINERS_CONF=${config}`,
      `HOME=${world.directory}`,
    ],
    ...['podman', '--root', world.path('p-root'), '--runroot', world.path('p-run'), '--tmpdir', world.path('p-tmp')],
    ...[
      '--storage-driver',
      'overlay',
      '--cgroup-manager',
      'cgroupfs',
      '--events-backend',
      'file',
      '--runtime',
      miniRunc,
    ],
  ]
  told(client, ['load', '-q', '-i', await baseArchive(world)])
  // what keeps a pod's namespaces: podman would build one of a program that is not there everywhere
  told(client, ['create', '--name', 'infra', 'base', 'true'])
  told(client, ['commit', '-q', '--change', 'CMD ["sleep", "1000"]', 'infra', 'localhost/infra'])
  told(client, ['rm', 'infra'])
})

test.after(async () => {
  if (machine === undefined) return
  ask(client, ['rm', '-af', '-t', '0'])
  machine.kill('SIGKILL')
  await ended(machine)
})

const podman = (...args: readonly string[]): string => told(client, args)
const tried = (args: readonly string[], how: How = {}): Said => ask(client, args, how)
const run = (script: string, ...flags: readonly string[]): Said =>
  tried(['run', '--rm', ...flags, 'base', 'sh', '-c', script])
const statusOf = (name: string): string =>
  podman('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}} {{.OCIRuntime}}', name).trim()
const newName = (): string => `c${nonce()}`
const polite = 'trap "echo term; exit 3" TERM; echo up; while :; do sleep 0.1; done'

here('podman run gives what the program writes, and its exit code', () => {
  const word = nonce()
  const said = run(`echo ${word}; echo err >&2; umask; ip addr show eth0 | grep -c 'inet 10'; exit 5`)
  assert.equal(said, { code: 5, stdout: `${word}\n0022\n1\n`, stderr: 'err\n' })
  assert.is(tried(['run', '--rm', '-i', 'base', 'cat'], { input: word }).stdout, word)
  const codes = [['nonsuch'], ['/etc'], ['false']].map(args => tried(['run', '--rm', 'base', ...args]).code)
  assert.equal(codes, [127, 126, 1])
})

here('podman run gives rights, limits, ids and mounts as its flags say', () => {
  const shared = world.directoryOf({ file: 'from the host' })
  const said = run(
    'cat /v/file; touch /v/x || echo ro; touch /x || echo ro; touch /t/x; grep -E "CapEff|NoNew" /proc/self/status',
    ...[
      ...[
        '--read-only',
        '--tmpfs',
        '/t',
        '--cap-drop',
        'all',
        '--security-opt',
        'no-new-privileges',
        '--pids-limit',
        '50',
      ],
      ...['-m', '50m', '--cpus', '0.5', '-v', `${shared}:/v:ro`],
    ],
  )
  assert.is(said.stdout, 'from the hostro\nro\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n', said.stderr)
  const [held] = /CapEff:.*/.exec(fs.readFileSync('/proc/self/status', 'utf8'))!
  assert.is(run('grep CapEff /proc/self/status; ls /dev/kmsg', '--privileged').stdout, `${held}\n/dev/kmsg\n`)
  assert.equal(run('cat /proc/self/uid_map', '--uidmap', '0:100000:5000').stdout.trim().split(/\s+/), [
    '0',
    '100000',
    '5000',
  ])
  const who = run(
    'umask; hostname; ulimit -n; id -u; id -G; pwd',
    ...[
      ...['--umask', '0077', '--hostname', 'box', '--ulimit', 'nofile=55:66', '--ulimit', 'nproc=500:500'],
      ...['--user', '1000', '--group-add', '7', '-w', '/tmp', '--oom-score-adj', '100'],
    ],
  )
  assert.equal(who.stdout.split('\n'), ['0077', 'box', '55', '1000', '1000 7', '/tmp', ''], who.stderr)
  const own = fs.readlinkSync('/proc/self/ns/pid')
  assert.is(run('readlink /proc/self/ns/pid', '--pid', 'host', '--network', 'host', '--ipc', 'host').stdout, `${own}\n`)
})

here('a container in the background is looked into, paused, stopped and started again', async () => {
  const [name, word] = [newName(), nonce()]
  podman('run', '-d', '--name', name, 'base', 'sh', '-c', polite)
  await until('it speaks', () => podman('logs', name) === 'up\n')
  const exec = tried(
    ['exec', '-i', '-u', '1000', '-w', '/tmp', '-e', `A=${word}`, name, 'sh', '-c', 'id -u; pwd; echo $A; cat; exit 4'],
    { input: word },
  )
  assert.equal([exec.code, exec.stdout], [4, `1000\n/tmp\n${word}\n${word}`])
  podman('exec', '-d', name, 'sleep', '100')
  await until('what is detached runs', () => /sleep 100/.test(podman('top', name)))
  assert.equal([tried(['exec', name, 'nonsuch']).code, tried(['exec', name, '/etc']).code], [127, 126])
  assert.match(podman('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', name), /^[1-9].*B \/ .* [1-9]\n$/)
  podman('update', '--memory', '50m', name)
  assert.is(
    podman(
      'exec',
      name,
      'sh',
      '-c',
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
    ),
    '52428800\n',
  )
  podman('pause', name)
  assert.match(statusOf(name), /^paused/)
  podman('unpause', name)
  podman('stop', '-t', '20', name)
  assert.is(statusOf(name), `exited 3 ${miniRunc}`)
  assert.match(podman('logs', name), /term\n$/)
  podman('start', name)
  podman('restart', '-t', '1', name)
  podman('kill', name)
  assert.is(podman('wait', name), '137\n')
  podman('rm', name)
})

here('containers of a pod share its network and its host name, and stop together', () => {
  const [pod, server, word] = [newName(), newName(), nonce()]
  podman('pod', 'create', '--name', pod, '--hostname', 'together')
  podman(
    'run',
    '-d',
    '--pod',
    pod,
    '--name',
    server,
    'base',
    'sh',
    '-c',
    `while :; do echo ${word} | nc -l -p 80; done`,
  )
  assert.is(run('until nc 127.0.0.1 80; do sleep 0.1; done; hostname', '--pod', pod).stdout, `${word}\ntogether\n`)
  assert.match(podman('pod', 'ps', '--format', '{{.Status}} {{.NumberOfContainers}}'), /^Running 2\n$/)
  podman('pod', 'pause', pod)
  assert.match(statusOf(server), /^paused/)
  podman('pod', 'unpause', pod)
  podman('pod', 'stop', '-t', '0', pod)
  assert.match(statusOf(server), /^exited 137/)
  podman('pod', 'rm', pod)
})

here('podman hands files on that its caller has opened', () => {
  const [file, word, name] = [world.path(), nonce(), newName()]
  fs.writeFileSync(file, word)
  const withFile = ['sh', '-c', `exec "$@" 3<${file}`, 'sh', ...client]
  const read = ['sh', '-c', 'cat <&3; ls /proc/self/fd | wc -l']
  // 0 to 3, and that of ls itself
  assert.is(told(withFile, ['run', '--rm', '--preserve-fds', '1', 'base', ...read]), `${word}5\n`)
  podman('run', '-d', '--name', name, 'base', 'sleep', '100')
  assert.is(told(withFile, ['exec', '--preserve-fds', '1', name, ...read]), `${word}5\n`)
  podman('rm', '-f', '-t', '0', name)
})

here('podman asks for health, and sees a memory limit reached', () => {
  const name = newName()
  podman(
    'run',
    '-d',
    '--name',
    name,
    '--health-cmd',
    'test -e /ok',
    '--health-interval',
    'disable',
    'base',
    'sleep',
    '100',
  )
  assert.is(tried(['healthcheck', 'run', name]).code, 1)
  podman('exec', name, 'touch', '/ok')
  assert.is(tried(['healthcheck', 'run', name]).code, 0)
  podman('rm', '-f', '-t', '0', name)
  const hungry = tried([
    'run',
    '--rm',
    '-m',
    '20m',
    '--memory-swap',
    '20m',
    'base',
    'sh',
    '-c',
    'a=x; while :; do a=$a$a; done',
  ])
  assert.is(hungry.code, 137)
})

here('podman run -it and exec -it are terminals', async () => {
  const name = newName()
  const { pty, code } = atTerminal(client, ['run', '-it', '--name', name, 'base', 'sh'], { rows: 31, columns: 97 })
  await pty.shows(/# /)
  pty.type('tty; stty size\n')
  await pty.shows(/\/dev\/pts\/0\r\n31 97\r\n/)
  const sized = 'tty; while [ "$(stty size)" != "20 60" ]; do sleep 0.1; done; exit 6' // podman tells it after the start
  const second = atTerminal(client, ['exec', '-it', name, 'sh', '-c', sized], { rows: 20, columns: 60 })
  await second.pty.shows(/\/dev\/pts\/1\r\n/)
  assert.is(await second.code, 6)
  pty.type('exit 9\n')
  assert.is(await code, 9)
  podman('rm', name)
  pty.close()
  second.pty.close()
})

here('nothing is left of what was removed', () => {
  assert.is(podman('ps', '-aq'), '')
  assert.equal(leftInCgroups(parent), [])
})

test.run()
