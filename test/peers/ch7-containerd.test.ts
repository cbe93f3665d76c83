/** containerd with mini-runc below its shim, as `ctr` drives it. */

import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { miniRunc } from '#support/bundle'
import { cgroupsCalled } from '#support/cgroups'
import { isThere, needs } from '#support/needs'
import { newWorld, nonce, readOr, until } from '#support/world'
import {
  aloud,
  ask,
  atTerminal,
  baseArchive,
  ended,
  leftInCgroups,
  newCgroupParent,
  type Said,
  told,
} from './engines.js'

const needed = ['root', 'native', 'cgroups', 'overlay', 'containerd', 'containerd-shim-runc-v2', 'ctr']
const here = needs(...needed)
const world = newWorld()
const parent = newCgroupParent()
const ctr = ['ctr', '-a', `${world.directory}/sock`]
const image = 'docker.io/library/base:latest'
let daemon: ChildProcess | undefined

test.before(
  aloud(async () => {
    if (!needed.every(isThere)) return
    const config = world.path()
    fs.writeFileSync(
      config,
      [
        'version = 2',
        `root = "${world.directory}/cd-root"`,
        `state = "${world.directory}/cd-state"`,
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
        `[grpc]\naddress = "${world.directory}/sock"`,
        `[ttrpc]\naddress = "${world.directory}/ttrpc"`,
      ].join('\n'),
    )
    const log = fs.openSync(world.path('log'), 'w')
    daemon = spawn('containerd', ['-c', config], { stdio: ['ignore', log, log] })
    fs.closeSync(log)
    await until('containerd answers', () => ask(ctr, ['version']).code === 0)
    told(ctr, ['image', 'import', await baseArchive(world)])
  }),
)

test.after(async () => {
  daemon?.kill('SIGTERM')
  if (daemon !== undefined) await ended(daemon)
  leftInCgroups(parent)
})

const newId = (): string => `c${nonce()}`
const running = (id: string, args: readonly string[], ...flags: readonly string[]): string[] => [
  ...['run', '--runc-binary', miniRunc, '--cgroup', `${parent}/${id}`, ...flags, image, id, ...args],
]
const run = (args: readonly string[], ...flags: readonly string[]): Said =>
  ask(ctr, running(newId(), args, '--rm', ...flags))
const statusOf = (id: string): string | undefined =>
  told(ctr, ['task', 'ls'])
    .split('\n')
    .map(line => line.split(/\s+/))
    .find(([name]) => name === id)?.[2]

here('ctr run gives what the program writes, and its exit code', () => {
  const word = nonce()
  const said = run(
    ['sh', '-c', 'echo $WORD; echo to stderr >&2; pwd; umask; exit 6'],
    '--env',
    `WORD=${word}`,
    '--cwd',
    '/tmp',
  )
  assert.equal([said.code, said.stdout], [6, `${word}\n/tmp\n0022\n`])
  assert.match(said.stderr, /^to stderr\n/)
  const typed = ask(ctr, running(newId(), ['sh', '-c', 'read a; echo "<$a>"'], '--rm'), { input: `${word}\n` })
  assert.equal(typed, { code: 0, stdout: `<${word}>\n`, stderr: '' })
})

here('ctr run limits, mounts, gives devices and rights as its flags say', async () => {
  const shared = world.directoryOf({ file: 'shared' })
  const said = run(
    [
      'sh',
      '-c',
      'cat /v/file; echo; echo x >/v/file; ls -l /dev/zero | cut -c1-10; grep -E "CapEff|Seccomp:|NoNewPrivs" /proc/self/status; touch /x',
    ],
    ...[
      '--mount',
      `type=bind,src=${shared},dst=/v,options=rbind:ro`,
      '--device',
      '/dev/zero',
      '--read-only',
      '--seccomp',
    ],
    ...['--cap-drop', 'CAP_CHOWN', '--cap-add', 'CAP_NET_ADMIN'],
  )
  assert.match(said.stdout, /^shared\ncrw-rw-rw-\nCapEff:\t00000000a80435fa\nNoNewPrivs:\t1\nSeccomp:\t2\n$/)
  assert.match(said.stderr, /\/v\/file: Read-only file system[\s\S]*\/x: Read-only file system/)
  const id = newId()
  told(ctr, running(id, ['sleep', '100'], '-d', '--memory-limit', '50003968', '--cpus', '0.5'))
  const limits = ['memory.limit_in_bytes', 'memory.max', 'cpu.cfs_quota_us', 'cpu.max'].flatMap(file =>
    cgroupsCalled(id).flatMap(directory => readOr('', `${directory}/${file}`).trim() || []),
  )
  assert.match(limits.join(' '), /^50003968 50000( 100000)?$/)
  told(ctr, ['task', 'kill', '-s', 'KILL', id])
  await until('it has ended', () => statusOf(id) === 'STOPPED')
  told(ctr, ['task', 'rm', id])
  told(ctr, ['container', 'rm', id])
})

here('ctr run maps ids, shares namespaces, and is privileged where it is told to be', () => {
  const mapped = run(
    ['sh', '-c', 'id -u; cat /proc/self/uid_map; stat -c %u /bin'],
    '--uidmap',
    '0:100000:65536',
    '--gidmap',
    '0:100000:65536',
  )
  assert.equal(mapped.stdout.split(/\s+/), ['0', '0', '100000', '65536', '0', ''], mapped.stderr)
  const [net, pid] = ['net', 'pid'].map(name => fs.readlinkSync(`/proc/self/ns/${name}`))
  const script = 'readlink /proc/self/ns/net; readlink /proc/self/ns/pid'
  assert.is(
    run(['sh', '-c', script], '--net-host', '--with-ns', `pid:/proc/${process.pid}/ns/pid`).stdout,
    `${net}\n${pid}\n`,
  )
  assert.is(run(['sh', '-c', 'mount -t tmpfs none /tmp && echo mounted'], '--privileged').stdout, 'mounted\n')
})

here('a task is started, looked into, paused, killed and started again', async () => {
  const id = newId()
  told(ctr, running(id, ['sh', '-c', 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done'], '-d'))
  assert.is(statusOf(id), 'RUNNING')
  const pid = Number(
    /^\S+\s+(\d+)/.exec(
      told(ctr, ['task', 'ls'])
        .split('\n')
        .find(line => line.startsWith(id))!
        .slice(id.length - 1),
    )![1],
  )
  const exec = (...args: readonly string[]): Said => ask(ctr, ['task', 'exec', '--exec-id', nonce(), ...args])
  const word = nonce()
  assert.equal(exec('--cwd', '/tmp', '--user', '1000:1000', id, 'sh', '-c', `id -u; pwd; echo ${word}; exit 4`), {
    ...{ code: 4, stdout: `1000\n/tmp\n${word}\n`, stderr: '' },
  })
  assert.is(ask(ctr, ['task', 'exec', '--exec-id', nonce(), id, 'cat'], { input: word }).stdout, word)
  assert.match(exec(id, 'nonsuch').stderr, /'nonsuch': ENOENT: no such file or directory/)
  told(ctr, ['task', 'pause', id])
  assert.is(statusOf(id), 'PAUSED')
  assert.match(exec(id, 'true').stderr, /paused/)
  told(ctr, ['task', 'resume', id])
  if (isThere('mounted hierarchies'))
    assert.match(told(ctr, ['task', 'metrics', id]), /memory\.usage_in_bytes +[1-9]\d*[\s\S]*pids\.current +[1-9]/)
  assert.match(told(ctr, ['task', 'ps', id]), new RegExp(`^${pid} `, 'm'))
  told(ctr, ['task', 'kill', '-s', 'TERM', id])
  await until('it has ended', () => statusOf(id) === 'STOPPED')
  assert.match(ask(ctr, ['task', 'rm', id]).stderr, /exit code 3/)
  told(ctr, ['task', 'start', '-d', id])
  told(ctr, ['task', 'kill', '-s', 'KILL', '-a', id])
  await until('it has ended', () => statusOf(id) === 'STOPPED')
  ask(ctr, ['task', 'rm', id])
  told(ctr, ['container', 'rm', id])
  assert.is(readOr('', `/proc/${pid}/comm`), '')
})

here('ctr run --tty is a terminal that follows the size of ours', async () => {
  const script = 'trap "stty size" WINCH; tty; stty size; while :; do sleep 0.1; done'
  const id = newId()
  const { pty, code } = atTerminal(ctr, running(id, ['sh', '-c', script], '--rm', '-t'), { rows: 31, columns: 97 })
  await pty.shows(/\/dev\/pts\/0\r/)
  await pty.shows(/31 97\r/) // ctr tells it after the start
  pty.resize({ rows: 20, columns: 60 })
  await pty.shows(/20 60\r/)
  told(ctr, ['task', 'kill', '-s', 'KILL', id])
  assert.is(await code, 137)
  pty.close()
})

here('what cannot be run is refused in one line, and nothing is left', () => {
  const { code, stderr } = run(['nonsuch'])
  assert.is(code, 1)
  assert.match(stderr, /OCI runtime create failed: command 'nonsuch': ENOENT: no such file or directory/)
  assert.is(told(ctr, ['container', 'ls', '-q']), '')
  assert.is(told(ctr, ['task', 'ls', '-q']), '')
  assert.equal(leftInCgroups(parent), [])
})

test.run()
