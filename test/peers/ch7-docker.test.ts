/** dockerd with mini-runc as its runtime: what people do with `docker`, looked at from inside and from the host. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { miniRunc } from '#support/bundle'
import { isThere, needs } from '#support/needs'
import { newWorld, nonce, until } from '#support/world'
import { type DockerDaemon, startDocker } from './docker.js'
import {
  aloud,
  ask,
  atTerminal,
  baseArchive,
  type How,
  leftInCgroups,
  newCgroupParent,
  type Said,
  told,
} from './engines.js'

const needed = ['root', 'native', 'cgroups', 'overlay', 'docker', 'dockerd', 'unshare', 'iptables']
const here = needs(...needed)
const withCounters = needs(...needed, 'mounted hierarchies')
const world = newWorld()
const parent = newCgroupParent()
let daemon: DockerDaemon

test.before(
  aloud(async () => {
    if (!needed.every(isThere)) return
    daemon = await startDocker(world, [
      ...['--storage-driver', 'overlay2', '--cgroup-parent', parent],
      ...['--add-runtime', `mini=${miniRunc}`, '--default-runtime', 'mini'],
    ])
    told(daemon.client, ['load', '-q', '-i', await baseArchive(world)])
  }),
)

test.after(async () => {
  await daemon?.end()
  leftInCgroups(parent)
})

const docker = (...args: readonly string[]): string => told(daemon.client, args)
const tried = (args: readonly string[], how: How = {}): Said => ask(daemon.client, args, how)
/** A shell script in a container of its own. */
const run = (script: string, ...flags: readonly string[]): Said =>
  tried(['run', '--rm', ...flags, 'base', 'sh', '-c', script])
const statusOf = (name: string): string => docker('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', name).trim()
const newName = (): string => `c${nonce()}`
/** It ends by SIGTERM, with an exit code of its own. */
const polite = 'trap "echo term; exit 3" TERM; echo up; while :; do sleep 0.1; done'

here('docker run gives what the program writes, and its exit code', () => {
  const word = nonce()
  assert.is(docker('info', '-f', '{{.DefaultRuntime}}'), 'mini\n')
  const said = run(
    `echo ${word}; echo err >&2; hostname; ip addr show eth0 | grep -c 'inet 172'; exit 7`,
    '--hostname',
    'box',
  )
  assert.equal(said, { code: 7, stdout: `${word}\nbox\n1\n`, stderr: 'err\n' })
  assert.is(tried(['run', '--rm', '-i', 'base', 'cat'], { input: word }).stdout, word)
  const codes = [['nonsuch'], ['/etc'], ['sh', '-c', 'kill -KILL $$ & wait; exit 9']].map(
    args => tried(['run', '--rm', 'base', ...args]).code,
  )
  assert.equal(codes, [127, 126, 9])
  assert.is(tried(['run', '--rm', '--entrypoint', '/bin/nonsuch', 'base']).code, 127)
})

here('docker run gives rights and takes them', () => {
  const effective = (...flags: readonly string[]): string =>
    /CapEff:\s+(\w+)/.exec(run('grep CapEff /proc/self/status', ...flags).stdout)![1]!
  assert.is(effective(), '00000000a80425fb')
  assert.is(effective('--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--cap-add', 'NET_ADMIN'), '0000000000001001')
  assert.is(
    run('mount -t tmpfs none /tmp && dmesg -s 1 >/dev/null && ls /dev/kmsg', '--privileged').stdout,
    '/dev/kmsg\n',
  )
  const filter = world.path()
  const denied = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }]
  fs.writeFileSync(filter, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: denied }))
  assert.match(run('mkdir /x', '--security-opt', `seccomp=${filter}`).stderr, /Operation not permitted/)
  const security = (...flags: readonly string[]): string[] =>
    run('grep -E "NoNewPrivs|Seccomp:" /proc/self/status', ...flags).stdout.match(/\d/g) ?? []
  assert.equal(security(), ['0', '2'])
  assert.equal(security('--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined'), ['1', '0'])
})

here('docker run mounts what it is told to, as it is told to', () => {
  const shared = world.directoryOf({ file: 'from the host' })
  const [volume, word] = [newName(), nonce()]
  const script = `cat /v/file; echo; echo ${word} >/v/new; echo x >/ro/new || echo ro; touch /x || echo ro
    ls -ld /t | cut -c1-10; df -k /t | tail -1 | tr -s ' ' | cut -d ' ' -f 2; head -1 /etc/passwd; touch /etc/mine`
  const said = run(
    script,
    '--read-only',
    '--tmpfs',
    '/t:size=1m,mode=700',
    ...['-v', `${shared}:/v`, '-v', `${shared}:/ro:ro`, '-v', `${volume}:/etc`],
  )
  assert.match(said.stdout, /^from the host\nro\nro\ndrwx------\n1024\nroot:/, said.stderr)
  assert.is(fs.readFileSync(`${shared}/new`, 'utf8'), `${word}\n`)
  assert.is(run('ls /e/mine', '-v', `${volume}:/e`).stdout, '/e/mine\n')
  const propagation = run(
    'grep " /s " /proc/self/mountinfo',
    ...['--mount', `type=bind,src=${shared},dst=/s,readonly,bind-propagation=rslave`],
  )
  assert.match(propagation.stdout, /ro,\S* master:/, propagation.stderr)
  assert.match(run('grep " /s " /proc/self/mountinfo', '-v', `${shared}/file:/s:shared`).stdout, /rw,\S* shared:/)
  const device = run(
    'ls -l /dev/mine | tr -s " " | cut -d " " -f 1,5,6; head -c 3 /dev/mine | wc -c',
    '--device',
    '/dev/zero:/dev/mine:r',
  )
  assert.is(device.stdout, 'crw-rw-rw- 1, 5\n3\n')
})

here('docker run starts it as whom, where and with which limits it is told', () => {
  const who = run(
    'id -u; id -g; id -G; pwd; echo $A; umask; cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn',
    ...[
      ...['--user', '1000:2000', '--group-add', '7', '-w', '/not/there', '-e', 'A=b', '--oom-score-adj', '333'],
      ...['--ulimit', 'nofile=77:88'],
    ],
  )
  assert.equal(who.stdout.split('\n').slice(0, -1), [
    '1000',
    '2000',
    '2000 7',
    '/not/there',
    'b',
    '0022',
    '333',
    '77',
    '88',
  ])
  const sysctls = run(
    'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; df -k /dev/shm | tail -1 | tr -s " " | cut -d " " -f 2',
    ...[...['--sysctl', 'net.ipv4.ip_forward=0', '--sysctl', 'kernel.msgmax=9000', '--shm-size', '3m']],
  )
  assert.equal(sysctls.stdout.split('\n'), ['0', '9000', '3072', ''])
  const init = run('cat /proc/1/comm', '--init')
  assert.match(init.stdout, /init/)
  const limits = run(
    'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us pids/pids.max cpuset/cpuset.cpus 2>/dev/null || cat memory.max pids.max cpuset.cpus',
    ...[...['-m', '50m', '--memory-swap', '60m', '--cpus', '0.5', '--pids-limit', '20', '--cpuset-cpus', '0']],
  )
  assert.match(limits.stdout, /^52428800\n(50000\n)?20\n0\n/)
})

here('docker run shares namespaces with the host and with another container', () => {
  const own = (name: string): string => `${fs.readlinkSync(`/proc/self/ns/${name}`)}\n`
  const see = (name: string): string => `readlink /proc/self/ns/${name}`
  assert.is(run(see('pid'), '--pid', 'host').stdout, own('pid'))
  assert.is(run(see('ipc'), '--ipc', 'host', '--uts', 'host', '--network', 'host').stdout, own('ipc'))
  assert.is(run('cut -d : -f 3 /proc/self/cgroup | sort -u', '--cgroupns', 'private').stdout, '/\n')
  const name = newName()
  docker('run', '-d', '--name', name, '--ipc', 'shareable', 'base', 'sleep', '100')
  const theirs = ['ipc', 'net', 'pid'].map(kind => docker('exec', name, 'readlink', `/proc/self/ns/${kind}`))
  const joined = run(
    [see('ipc'), see('net'), see('pid')].join(';'),
    ...[...['--ipc', `container:${name}`, '--network', `container:${name}`, '--pid', `container:${name}`]],
  )
  assert.is(joined.stdout, theirs.join(''))
  docker('rm', '-f', name)
})

here('a container in the background is looked into, changed, stopped and started again', async () => {
  const [name, word] = [newName(), nonce()]
  docker('run', '-d', '--name', name, '-v', '/data', 'base', 'sh', '-c', polite)
  await until('it speaks', () => docker('logs', name) === 'up\n')
  const exec = tried(
    [
      'exec',
      '-i',
      '-u',
      '1000:1000',
      '-w',
      '/tmp',
      '-e',
      `A=${word}`,
      name,
      'sh',
      '-c',
      'id -u; pwd; echo $A; umask; cat; exit 5',
    ],
    { input: word },
  )
  assert.equal([exec.code, exec.stdout], [5, `1000\n/tmp\n${word}\n0022\n${word}`])
  docker('exec', '-d', name, 'sh', '-c', `echo ${word} >/tmp/detached; exec sleep 100`)
  await until('what is detached runs', () => /sleep 100/.test(docker('top', name)))
  // its rights are more, its filter of system calls is the container's
  const more = docker(
    'exec',
    '--privileged',
    name,
    'sh',
    '-c',
    'cat /tmp/detached; chroot / grep CapBnd /proc/self/status',
  )
  assert.match(more, new RegExp(`^${word}\nCapBnd:\t000000[13]f`))
  assert.is(tried(['exec', name, 'nonsuch']).code, 126)
  docker('update', '--memory', '100m', '--memory-swap', '200m', '--cpus', '0.3', '--pids-limit', '50', name)
  const pid = docker('inspect', '-f', '{{.State.Pid}}', name).trim()
  const limit = docker(
    'exec',
    name,
    'sh',
    '-c',
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max',
  )
  assert.is(limit, '104857600\n50\n')
  docker('pause', name)
  assert.is(statusOf(name), 'paused 0')
  docker('unpause', name)
  fs.writeFileSync(world.path('copied'), word)
  docker('cp', world.path('copied'), `${name}:/tmp/copied`)
  docker('cp', `${name}:/tmp/detached`, world.path('got'))
  assert.equal(
    [docker('exec', name, 'cat', '/tmp/copied'), fs.readFileSync(world.path('got'), 'utf8')],
    [word, `${word}\n`],
  )
  assert.match(docker('diff', name), /^A \/tmp\/copied$/m)
  docker('stop', '-t', '20', name)
  assert.is(statusOf(name), 'exited 3')
  assert.match(docker('logs', name), /term\n$/)
  docker('start', name)
  docker('restart', '-t', '1', name)
  await until('it speaks again', () => docker('logs', '--tail', '1', name) === 'up\n')
  assert.is(fs.existsSync(`/proc/${pid}`), false)
  docker('kill', name)
  assert.is(docker('wait', name), '137\n')
  docker('rm', '-v', name)
})

here('docker run -it is a terminal, and one leaves it and comes back', async () => {
  const name = newName()
  const { pty, code } = atTerminal(daemon.client, ['run', '-it', '--name', name, 'base', 'sh'], {
    rows: 31,
    columns: 97,
  })
  await pty.shows(/# /)
  pty.type('tty; echo $((6*7))\n')
  await pty.shows(/\/dev\/pts\/0\r\n42\r\n/)
  pty.resize({ rows: 20, columns: 60 })
  await until(
    'the container’s terminal has the new size',
    () => docker('exec', name, 'sh', '-c', 'stty size </dev/console') === '20 60\n',
  )
  pty.type('sleep 50\n')
  await until('it runs', () => /sleep 50/.test(docker('top', name)))
  pty.type('\x03')
  await until('it is interrupted', () => !/sleep 50/.test(docker('top', name)))
  pty.type('\x10\x11') // the detach keys, ctrl-p ctrl-q
  assert.is(await code, 0)
  assert.is(statusOf(name), 'running 0')
  const again = atTerminal(daemon.client, ['attach', name], { rows: 25, columns: 80 })
  again.pty.type('echo again-$((1+1)); exit 9\n')
  await again.pty.shows(/again-2/)
  assert.is(await again.code, 9)
  docker('rm', name)
  pty.close()
  again.pty.close()
})

here('docker exec -it is a terminal of its own', async () => {
  const name = newName()
  docker('run', '-d', '--name', name, 'base', 'sleep', '100')
  const { pty, code } = atTerminal(daemon.client, ['exec', '-it', name, 'sh'], { rows: 31, columns: 97 })
  await pty.shows(/# /)
  pty.type('tty; stty size; exit 6\n')
  await pty.shows(/\/dev\/pts\/0\r\n31 97/)
  assert.is(await code, 6)
  pty.close()
  docker('rm', '-f', name)
})

here('dockerd learns of health and of ends, and starts again what is to be', async () => {
  const [well, again] = [newName(), newName()]
  docker(
    'run',
    '-d',
    '--name',
    well,
    '--health-cmd',
    'test -e /ok',
    '--health-interval',
    '300ms',
    '--health-retries',
    '1',
    'base',
    'sleep',
    '100',
  )
  const health = (): string => docker('inspect', '-f', '{{.State.Health.Status}}', well).trim()
  await until('it is ill', () => health() === 'unhealthy')
  docker('exec', well, 'touch', '/ok')
  await until('it is well', () => health() === 'healthy')
  docker('run', '-d', '--name', again, '--restart', 'on-failure:2', 'base', 'sh', '-c', 'echo x; exit 1')
  await until('it has begun three times', () => docker('logs', again) === 'x\nx\nx\n' && statusOf(again) === 'exited 1')
  docker('rm', '-f', well, again)
})

withCounters('docker stats counts, and dockerd learns that memory ran out', async () => {
  const [name, big] = [newName(), newName()]
  docker('run', '-d', '--name', name, 'base', 'sleep', '100')
  const statistics = (): string => docker('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', name)
  await until('its memory is counted', () => /^[1-9].*iB \/ .* 1\n$/.test(statistics()))
  const from = String(Date.now() / 1000)
  const hungry = `sh -c 'a=x; while :; do a=$a$a; done'; code=$?; sleep 1; exit $code`
  assert.is(tried(['run', '--name', big, '-m', '20m', '--memory-swap', '20m', 'base', 'sh', '-c', hungry]).code, 137)
  // the end of a container and the news of memory come to the daemon in any order: it tells of both, and its state of the first
  const told = (): string =>
    docker(
      'events',
      '--since',
      from,
      '--until',
      String(Date.now() / 1000),
      '--filter',
      'event=oom',
      '--filter',
      `container=${big}`,
    )
  await until('dockerd has learned of it', () => told().includes(big))
  docker('rm', '-f', name, big)
})

here('docker build runs its steps by mini-runc', () => {
  const word = nonce()
  const context = world.directoryOf({
    Dockerfile: `FROM base\nRUN echo ${word} >/built\nUSER 1000\nWORKDIR /w\nRUN id -u >/tmp/who; umask >>/tmp/who\nARG CODE=0\nRUN exit $CODE\n`,
  })
  docker('build', '-q', '-t', 'built', context)
  assert.is(docker('run', '--rm', 'built', 'sh', '-c', 'cat /built /tmp/who; pwd'), `${word}\n1000\n0022\n/w\n`)
  assert.is(tried(['build', '--build-arg', 'CODE=4', context]).code, 4)
})

here('containers of a network find one another by name, and the host finds their ports', async () => {
  const [network, server] = [newName(), newName()]
  docker('network', 'create', network)
  docker(
    'run',
    '-d',
    '--name',
    server,
    '--network',
    network,
    '--network-alias',
    'svc',
    '-p',
    '127.0.0.1:8080:80',
    'base',
    'sh',
    '-c',
    'while :; do echo hello | nc -l -p 80; done',
  )
  assert.match(run('ping -c 1 -W 5 svc', '--network', network).stdout, /1 packets received/)
  const port = ['nsenter', '-t', String(daemon.pid), '-n', 'busybox', 'nc', '127.0.0.1', '8080']
  await until('the port answers', () => ask(port, []).stdout === 'hello\n')
  docker('rm', '-f', server)
  docker('network', 'rm', network)
})

here('nothing is left of what was removed', () => {
  docker('container', 'prune', '-f')
  assert.is(docker('ps', '-aq'), '')
  const states = `${daemon.place}/exec/runtime-runc/moby/containers`
  assert.equal([fs.existsSync(states), fs.readdirSync(states)], [true, []])
  assert.equal(leftInCgroups(parent), [])
})

test.run()
