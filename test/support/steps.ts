/** Steps by hand, one of every op, and by chance: what the tables of ops and both wire formats are tested with. */

import * as fc from 'fast-check'
import type { ChildOp, ChildStep, HostOp, HostStep, Plan, Step } from '#core/plan/step'
import {
  cloneFlags,
  type ErrnoName,
  errnos,
  mountAttributes,
  mountFlags,
  signals,
  unmountFlags,
} from '#core/sys/constants'

type Bare<S> = S extends Step ? Omit<S, 'phase' | 'why' | 'by'> : never
const complete = <S>(phase: Step['phase'], step: S) => ({ phase, why: 'to be tested', by: 'test', ...step })

/** The record makes the compiler see to it that no op is forgotten. */
const childSamples: { readonly [O in ChildOp]: Bare<Step<O>> } = {
  yield: { op: 'yield', turn: 1, brings: 'tree' },
  fault: { op: 'fault', errno: 'EIO' },
  setns: { op: 'setns', fd: 'target', flags: ['CLONE_NEWNET'] },
  unshare: { op: 'unshare', flags: ['CLONE_NEWNS', 'CLONE_NEWPID'] },
  join: { op: 'join', path: '/run/netns/a', flag: 'CLONE_NEWNET' },
  open_cgroup: { op: 'open_cgroup', path: '/sys/fs/cgroup/box' },
  fork: { op: 'fork' },
  die_with_parent: { op: 'die_with_parent', signal: 'SIGKILL' },
  setsid: { op: 'setsid' },
  sethostname: { op: 'sethostname', name: 'box' },
  setdomainname: { op: 'setdomainname', name: 'home' },
  link_up: { op: 'link_up', name: 'lo' },
  write: { op: 'write', path: '/proc/self/timens_offsets', data: 'monotonic 1 0\n' },
  chroot: { op: 'chroot', path: '/rootfs' },
  chdir: { op: 'chdir', path: '/' },
  fchdir: { op: 'fchdir', fd: 'root' },
  mkdir_plain: { op: 'mkdir_plain', path: '.escape', mode: 0o700 },
  propagation: { op: 'propagation', path: '/', flags: ['MS_REC', 'MS_PRIVATE'] },
  bind_root: { op: 'bind_root', path: '/rootfs' },
  mount_root: {
    op: 'mount_root',
    source: 'overlay',
    path: '/rootfs',
    fstype: 'overlay',
    flags: [],
    data: 'lowerdir=2/fs:1/fs',
  },
  move_root: { op: 'move_root', fd: 'tree', path: '/rootfs' },
  open_root: { op: 'open_root', path: '/rootfs' },
  mkdir: { op: 'mkdir', target: '/proc', mode: 0o755, ...{ tolerate: ['EEXIST'] } },
  mknod: { op: 'mknod', target: '/dev/null', type: 'char', mode: 0o666, device: [1, 3] },
  chown: { op: 'chown', target: '/dev/null', uid: 0, gid: 6 },
  symlink: { op: 'symlink', holds: '/proc/self/fd', target: '/dev/fd' },
  mount: { op: 'mount', source: 'proc', target: '/proc', fstype: 'proc', flags: ['MS_NOSUID'], data: null },
  mount_copy_up: {
    op: 'mount_copy_up',
    source: 'tmpfs',
    target: '/run',
    flags: ['MS_NOSUID'],
    data: 'size=1m',
    owned: true,
  },
  attach_mount: { op: 'attach_mount', target: '/mnt' },
  mount_setattr: { op: 'mount_setattr', target: '/', set: ['MOUNT_ATTR_RDONLY'], clear: [], recursive: true },
  console: { op: 'console', rows: 24, columns: 80, owner: 0 },
  pivot_root: { op: 'pivot_root', newRoot: '.', putOld: '.' },
  umount: { op: 'umount', path: '.', flags: ['MNT_DETACH'] },
  setgroups: { op: 'setgroups', gids: [5, 4294967294] },
  setresgid: { op: 'setresgid', gid: 1000 },
  setresuid: { op: 'setresuid', uid: 4294967294 },
  umask: { op: 'umask', mask: 0o22 },
  drop_bounding: { op: 'drop_bounding', keep: ['CAP_CHOWN', 'CAP_BPF'] },
  keep_caps: { op: 'keep_caps' },
  capset: {
    op: 'capset',
    effective: ['CAP_CHOWN'],
    permitted: ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE'],
    inheritable: [],
  },
  ambient: { op: 'ambient', capabilities: ['CAP_NET_BIND_SERVICE'] },
  no_new_privs: { op: 'no_new_privs' },
  seccomp: { op: 'seccomp', filter: [6, 0, 0, 0, 0, 0, 255, 127], flags: ['SECCOMP_FILTER_FLAG_LOG'] },
  mask: { op: 'mask', target: '/proc/kcore' },
  readonly_path: { op: 'readonly_path', target: '/proc/sys' },
  setrlimit: { op: 'setrlimit', resource: 'RLIMIT_NOFILE', soft: 1024, hard: null },
  scheduler: {
    op: 'scheduler',
    policy: 'SCHED_BATCH',
    flags: [],
    nice: 5,
    priority: 0,
    runtime: 0,
    deadline: 0,
    period: 0,
  },
  io_priority: { op: 'io_priority', class: 'IOPRIO_CLASS_BE', priority: 6 },
  personality: { op: 'personality', domain: 'LINUX32' },
  set_mempolicy: { op: 'set_mempolicy', mode: 'MPOL_BIND', flags: ['MPOL_F_STATIC_NODES'], nodes: '0-3,70' },
  session_keyring: { op: 'session_keyring', name: '_ses.one' },
  check_cwd: { op: 'check_cwd', path: '/srv' },
  preserve_fds: { op: 'preserve_fds', count: 2 },
  lookup: { op: 'lookup', candidates: ['/bin/sh', '/usr/bin/sh'] },
  close_fds: { op: 'close_fds', from: 3 },
  supervise: { op: 'supervise' },
  open_gate: { op: 'open_gate', path: '/run/x' },
  wait_gate: { op: 'wait_gate', name: 'exec.fifo' },
  execve: { op: 'execve', args: ['sh', '-c', ''], env: ['PATH=/bin'] },
}

const hostSamples: { readonly [O in HostOp]: Bare<Step<O>> } = {
  write_file: { op: 'write_file', path: '/run/x/hosts', data: '127.0.0.1 box\n', mode: 0o644 },
  remove_file: { op: 'remove_file', path: '/run/x/hosts' },
  make_fifo: { op: 'make_fifo', path: '/run/x/exec.fifo', mode: 0o622 },
  hook: { op: 'hook', kind: 'prestart', index: 0, hook: { path: '/bin/true' }, state: { status: 'created' } },
  write_pid: { op: 'write_pid', path: '/run/x/init.pid', of: 'init' },
  set: { op: 'set', path: '/proc/sys/net/ipv4/ip_forward', data: '1', previous: '0' },
  hold: { op: 'hold', resource: 'bridge', user: 'box' },
  release: { op: 'release', resource: 'bridge', user: 'box' },
  write_proc: { op: 'write_proc', of: 'stage', file: 'uid_map', data: '0 100000 65536\n' },
  newidmap: { op: 'newidmap', of: 'stage', tool: '/usr/bin/newuidmap', ranges: [[0, 1000, 1]] },
  mount_rootfs: { op: 'mount_rootfs', path: '/rootfs' },
  unmount_rootfs: { op: 'unmount_rootfs', path: '/rootfs' },
  idmap_tree: { op: 'idmap_tree', path: '/rootfs', of: 'stage' },
  idmap_mount: { op: 'idmap_mount', source: '/data', of: 'init', mappings: null, tree: true, deep: false },
  overlay_tree: {
    op: 'overlay_tree',
    base: '/layers',
    lower: ['2/fs', '1/fs'],
    upper: '3/fs',
    work: '3/work',
    options: ['index=off'],
    of: 'stage',
  },
  ip_batch: { op: 'ip_batch', lines: ['link set br0 up'] },
  move_link: { op: 'move_link', name: 'eth5', as: 'inner', to: 'init' },
  nft: { op: 'nft', script: 'add table ip md', inverse: 'delete table ip md' },
  spawn_helper: {
    op: 'spawn_helper',
    argv: ['/usr/bin/pasta', { of: 'init' }],
    ready: { of: 'init', file: 'net/route', line: '^eth0' },
    pidFile: '/run/x/pasta.pid',
  },
  make_cgroup: { op: 'make_cgroup', path: '/sys/fs/cgroup/box' },
  remove_cgroup: { op: 'remove_cgroup', path: '/sys/fs/cgroup/box', kill: true },
  write_cgroup: { op: 'write_cgroup', path: '/sys/fs/cgroup/box/pids.max', data: '20', asked: '--pids-limit' },
  join_cgroup: { op: 'join_cgroup', path: '/sys/fs/cgroup/box', of: 'stage' },
  sched_setaffinity: { op: 'sched_setaffinity', of: 'stage', cpus: '0-3,7' },
  enable_controllers: { op: 'enable_controllers', path: '/sys/fs/cgroup', controllers: ['cpu', 'memory'] },
  disable_controllers: {
    op: 'disable_controllers',
    path: '/sys/fs/cgroup',
    controllers: ['cpu'],
    alone: '/sys/fs/cgroup/leaf',
  },
  move_processes: { op: 'move_processes', from: '/sys/fs/cgroup', to: '/sys/fs/cgroup/leaf' },
  device_filter: { op: 'device_filter', path: '/sys/fs/cgroup/box', program: [] },
  tc_batch: { op: 'tc_batch', lines: ['qdisc add dev eth0 root tbf rate 1mbit burst 32k latency 50ms'] },
  end_helper: { op: 'end_helper', pidFile: '/run/x/pasta.pid' },
}

export const childSteps = Object.values(childSamples).map(step => complete('root', step)) as ChildStep[]
export const hostSteps = Object.values(hostSamples).map(step => complete('wire', step)) as HostStep[]

/* By chance. Text holds no NUL: nothing that reaches a system call does (parse refuses it). */

const text = fc.string({ unit: 'binary' }).filter(value => !value.includes('\0'))
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const names = <N extends string>(table: Readonly<Record<N, number>>) => fc.subarray(Object.keys(table) as N[])
const nameOf = <N extends string>(table: Readonly<Record<N, number>>) => fc.constantFrom(...(Object.keys(table) as N[]))
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })

/** Steps whose arguments on the wire differ in kind and number. */
const bareChildStep: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom(...Object.values(childSamples).filter(({ op }) => op !== 'yield')),
  fc.record({ op: fc.constant('setns'), fd: fc.constantFrom('root', 'target', 'tree'), flags: names(cloneFlags) }),
  fc.record({ op: fc.constant('unshare'), flags: names(cloneFlags) }),
  fc.record({ op: fc.constant('die_with_parent'), signal: nameOf(signals) }),
  fc.record({ op: fc.constant('write'), path: text, data: text }),
  fc.record({ op: fc.constant('mkdir'), target: text, mode: fc.integer({ min: 0, max: 0o7777 }) }),
  fc.record({
    op: fc.constant('mount'),
    source: maybe(text),
    target: text,
    fstype: maybe(text),
    flags: names(mountFlags),
    data: maybe(text),
  }),
  fc.record({
    op: fc.constant('mount_setattr'),
    target: text,
    set: names(mountAttributes),
    clear: names(mountAttributes),
    recursive: fc.boolean(),
  }),
  fc.record({ op: fc.constant('umount'), path: text, flags: names(unmountFlags) }),
  fc.record({ op: fc.constant('setgroups'), gids: fc.array(u32) }),
  fc.record({ op: fc.constant('setresuid'), uid: u32 }),
  fc.record({ op: fc.constant('lookup'), candidates: fc.array(text) }),
  fc.record({ op: fc.constant('execve'), args: fc.array(text), env: fc.array(text) }),
)

const tolerate = names(errnos).map(list => list.slice(0, 5) as ErrnoName[])

export const anyChildStep: fc.Arbitrary<ChildStep> = fc
  .tuple(bareChildStep, tolerate)
  .map(([step, forgiven]) => ({ ...complete('root', step), tolerate: forgiven }) as unknown as ChildStep)

export const anyHostStep: fc.Arbitrary<HostStep> = fc.constantFrom(...hostSteps)

/** Steps in any order and number: what `lower` and `undo` must cope with, whether or not a pass would ask for it. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .array(fc.oneof(anyChildStep, anyHostStep), { maxLength: 60 })
  .map(steps => ({ steps }))
