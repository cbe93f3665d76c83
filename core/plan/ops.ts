/**
 * The one table of ops. A row says all there is to say about an op: its lane, its man page, how it is spoken of, what the
 * stage is sent for it, which system calls that makes, and (host lane) what takes it back. Nothing elsewhere branches on
 * an op's name.
 *
 * `calls` is a pattern over the names strace shows, in order: `?` may be missing, `+` once or more; a group stands in ().
 * Where an op makes a process, the pattern goes over to it at `clone`; what the old one does from there on is `stays`.
 * Child rows stand in the order of native/ops.h, which is their number on the wire.
 */

import { bitmapOf, numbersOf } from '#core/spec/numbers'
import type { IdMapping } from '#core/spec/runtime'
import {
  bits,
  type Capability,
  capabilities,
  cloneFlags,
  errnos,
  fileTypes,
  ioClasses,
  memoryPolicies,
  memoryPolicyFlags,
  mountAttributes,
  mountFlags,
  personalities,
  resourceLimits,
  schedulingFlags,
  schedulingPolicies,
  seccompFlags,
  signals,
  unmountFlags,
} from '#core/sys/constants'
import type { ChildOp, ChildStep, FdRole, HostOp, HostStep, Line, Op, Step } from './step.js'

/** An argument on the wire: integer, text, vector of text, bytes, or nothing. */
export type Arg = number | string | readonly string[] | Uint8Array | null

interface Row<O extends Op> {
  /** Where the calls are described: `mount(2)`. */
  readonly man: string
  /** The step as one line, the way strace would show it. */
  readonly words: (step: Step<O>) => string
  /** Names by which plan checks find it beside the op's own: `unshare.pid`, `mount.proc`. */
  readonly tags?: (step: Step<O>) => readonly string[]
}
interface ChildRow<O extends ChildOp> extends Row<O> {
  readonly calls: string
  /** Of an op that clones: the calls of the process that does not go on to the next step. */
  readonly stays?: string
  /** Whether it gives the program a terminal of its own in the place of our stdin. */
  readonly takesTerminal?: true
  /** What of it a process with threads cannot do, and why. */
  readonly needsSingleThread?: (step: Step<O>) => Refusal | undefined
  readonly encode: (step: Step<O>) => readonly Arg[]
}
export type Refusal = readonly [what: string, why: string]
interface HostRow<O extends HostOp> extends Row<O> {
  /** The fd that it leaves behind for the child, sent along when the child goes on. */
  readonly brings?: FdRole
  /** What takes the step back. */
  readonly inverse: (step: Step<O>) => readonly InverseStep[]
  /** Whether its effect outlives the container's processes and namespaces, and so needs an inverse. */
  readonly lasting: (step: Step<O>) => boolean
}
/** An inverse has no place in a plan: phase and pass are those of the step it takes back. */
export type InverseStep = { [O in HostOp]: Omit<Step<O>, 'phase' | 'why' | 'by'> }[HostOp]

/** Fd roles on the wire (native/protocol.h); the console's and the listener's are for the way out alone. */
export const roles = {
  root: 0,
  target: 1,
  tree: 2,
  console: 3,
  cgroup: 4,
  gate: 5,
  listener: 6,
  mounts: 7,
} as const satisfies Record<FdRole | 'console' | 'listener', number>
const namespaceOf: Record<string, string> = {
  CLONE_NEWNS: 'mount',
  CLONE_NEWUTS: 'uts',
  CLONE_NEWIPC: 'ipc',
  CLONE_NEWUSER: 'user',
  CLONE_NEWPID: 'pid',
  CLONE_NEWNET: 'network',
  CLONE_NEWCGROUP: 'cgroup',
  CLONE_NEWTIME: 'time',
}

const quote = (text: string | null): string => (text === null ? 'NULL' : JSON.stringify(text))
const flagWords = (names: readonly string[]): string => (names.length === 0 ? '0' : names.join('|'))
const octal = (mode: number): string => (mode === 0 ? '0' : `0${mode.toString(8)}`)
/** makedev(3), as the kernel's 32 bits have it. */
const deviceNumber = ([major, minor]: readonly [number, number]): number =>
  ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0
const nodeTypes = {
  file: ['S_IFREG', fileTypes.S_IFREG],
  char: ['S_IFCHR', fileTypes.S_IFCHR],
  block: ['S_IFBLK', fileTypes.S_IFBLK],
  fifo: ['S_IFIFO', fileTypes.S_IFIFO],
} as const
/** The file at a path as its plan checks call it: the last component, `/` for the root. */
const leaf = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || '/'
const lineWords = (line: Line): string =>
  typeof line === 'string' ? line : line.map(word => (typeof word === 'string' ? word : `<${word.of}>`)).join(' ')
/** struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period. */
function schedulingAttributes(step: Step<'scheduler'>): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(48))
  bytes.setUint32(0, bytes.byteLength, true)
  bytes.setUint32(4, schedulingPolicies[step.policy], true)
  bytes.setBigUint64(8, BigInt(bits(schedulingFlags, step.flags)), true)
  bytes.setInt32(16, step.nice, true)
  bytes.setUint32(20, step.priority, true)
  for (const [i, time] of [step.runtime, step.deadline, step.period].entries()) {
    bytes.setBigUint64(24 + 8 * i, BigInt(time), true)
  }
  return new Uint8Array(bytes.buffer)
}
/** struct rlimit64: soft, hard. Infinity is all ones. */
const fromLimits = (limits: readonly (number | null)[]): Uint8Array =>
  new Uint8Array(new BigUint64Array(limits.map(limit => (limit === null ? ~0n : BigInt(limit)))).buffer)
/** Bit n for capability n, which may be named twice; a sum, for there are more than 32. */
const capabilitySet = (names: readonly Capability[]): number =>
  [...new Set(names)].reduce((set, name) => set + 2 ** capabilities[name], 0)
const capabilityWords = (names: readonly Capability[]): string => (names.length === 0 ? 'none' : names.join('|'))
const fromGids = (gids: readonly number[]): Uint8Array => new Uint8Array(new Uint32Array(gids).buffer)

export const childOps: { readonly [O in ChildOp]: ChildRow<O> } = {
  yield: {
    man: 'recvmsg(2)',
    calls: 'recvmsg',
    encode: step => [step.turn, step.brings === undefined ? -1 : roles[step.brings]],
    words: step => `yield(turn ${step.turn})`,
  },
  fault: {
    man: 'errno(3)',
    calls: '',
    encode: step => [errnos[step.errno]],
    words: step => `fail with ${step.errno}`,
  },
  setns: {
    man: 'setns(2)',
    calls: 'prctl setns',
    needsSingleThread: () => ['join a container', 'a process with threads may not join its namespaces'],
    encode: step => [roles[step.fd], bits(cloneFlags, step.flags)],
    words: step => `setns(<${step.fd}>, ${flagWords(step.flags)})`,
    tags: step => step.flags.map(flag => `setns.${namespaceOf[flag]}`),
  },
  unshare: {
    man: 'unshare(2)',
    calls: 'unshare',
    needsSingleThread: step =>
      step.flags.includes('CLONE_NEWUSER') ? ['make a user namespace', 'a process with threads may not'] : undefined,
    encode: step => [bits(cloneFlags, step.flags)],
    words: step => `unshare(${flagWords(step.flags)})`,
    tags: step => step.flags.map(flag => `unshare.${namespaceOf[flag]}`),
  },
  join: {
    man: 'setns(2)',
    calls: 'openat prctl setns close',
    needsSingleThread: () => ['join a namespace', 'a process with threads may not'],
    encode: step => [step.path, cloneFlags[step.flag]],
    words: step => `setns(open(${quote(step.path)}), ${step.flag})`,
    tags: step => [`setns.${namespaceOf[step.flag]}`],
  },
  open_cgroup: {
    man: 'open(2)',
    calls: 'openat',
    needsSingleThread: () => ['start right in a cgroup', 'a process with threads cannot fork'],
    encode: step => [step.path],
    words: step => `open(${quote(step.path)}, O_PATH|O_DIRECTORY) = <cgroup>`,
  },
  fork: {
    man: 'clone(2)',
    calls: 'pipe2 clone? clone3? close read close',
    stays: 'write? write exit_group',
    needsSingleThread: step =>
      step.into === undefined ? undefined : ['start right in a cgroup', 'a process with threads cannot fork'],
    encode: step => [step.into === undefined ? -1 : roles[step.into]],
    words: step =>
      step.into === undefined
        ? 'clone(CLONE_PARENT|SIGCHLD)'
        : `clone3(CLONE_PARENT|CLONE_INTO_CGROUP, SIGCHLD, <${step.into}>)`,
    tags: step => (step.into === undefined ? [] : [`fork.into.${step.into}`]),
  },
  die_with_parent: {
    man: 'PR_SET_PDEATHSIG(2const)',
    calls: 'prctl ppoll',
    encode: step => [signals[step.signal]],
    words: step => `prctl(PR_SET_PDEATHSIG, ${step.signal})`,
  },
  setsid: { man: 'setsid(2)', calls: 'setsid', encode: () => [], words: () => 'setsid()' },
  sethostname: {
    man: 'sethostname(2)',
    calls: 'sethostname',
    encode: step => [step.name],
    words: step => `sethostname(${quote(step.name)})`,
  },
  setdomainname: {
    man: 'setdomainname(2)',
    calls: 'setdomainname',
    encode: step => [step.name],
    words: step => `setdomainname(${quote(step.name)})`,
  },
  link_up: {
    man: 'netdevice(7)',
    calls: 'socket ioctl ioctl close',
    encode: step => [step.name],
    words: step => `ioctl(SIOCSIFFLAGS, ${quote(step.name)}, IFF_UP)`,
    tags: step => [`link_up.${step.name}`],
  },
  write: {
    man: 'write(2)',
    calls: 'openat write close',
    encode: step => [step.path, step.data],
    words: step => `write(${quote(step.path)}, ${quote(step.data)})`,
    tags: step => [`write.${leaf(step.path)}`],
  },
  chroot: {
    man: 'chroot(2)',
    calls: 'chroot',
    encode: step => [step.path],
    words: step => `chroot(${quote(step.path)})`,
  },
  chdir: {
    man: 'chdir(2)',
    calls: 'chdir',
    encode: step => [step.path],
    words: step => `chdir(${quote(step.path)})`,
    tags: step => [`chdir.${leaf(step.path)}`],
  },
  fchdir: {
    man: 'fchdir(2)',
    calls: 'fchdir',
    encode: step => [roles[step.fd]],
    words: step => `fchdir(<${step.fd}>)`,
    tags: step => [`fchdir.${step.fd}`],
  },
  mkdir_plain: {
    man: 'mkdir(2)',
    calls: 'mkdirat',
    encode: step => [step.path, step.mode],
    words: step => `mkdir(${quote(step.path)}, ${octal(step.mode)})`,
  },
  propagation: {
    man: 'mount(2)',
    calls: 'mount',
    encode: step => [step.path, bits(mountFlags, step.flags)],
    words: step => `mount(NULL, ${quote(step.path)}, NULL, ${flagWords(step.flags)}, NULL)`,
    tags: step => step.flags.map(flag => `propagation.${flag.slice(3).toLowerCase()}`),
  },
  bind_root: {
    man: 'mount(2)',
    calls: 'mount',
    encode: step => [step.path],
    words: step => `mount(${quote(step.path)}, ${quote(step.path)}, NULL, MS_BIND|MS_REC, NULL)`,
  },
  mount_root: {
    man: 'mount(2)',
    calls: 'mount',
    encode: step => [step.source, step.path, step.fstype, bits(mountFlags, step.flags), step.data],
    words: step =>
      `mount(${quote(step.source)}, ${quote(step.path)}, ${quote(step.fstype)}, ${flagWords(step.flags)}, ${quote(step.data)})`,
    tags: step => [...(step.fstype === null ? [] : [`mount_root.${step.fstype}`])],
  },
  move_root: {
    man: 'move_mount(2)',
    calls: 'move_mount',
    encode: step => [roles[step.fd], step.path],
    words: step => `move_mount(<${step.fd}>, "", AT_FDCWD, ${quote(step.path)}, MOVE_MOUNT_F_EMPTY_PATH)`,
  },
  open_root: {
    man: 'open(2)',
    calls: 'openat',
    encode: step => [step.path],
    words: step => `open(${quote(step.path)}, O_PATH|O_DIRECTORY) = <root>`,
  },
  mkdir: {
    man: 'mkdirat(2)',
    calls: 'openat2 mkdirat close',
    encode: step => [step.target, step.mode],
    words: step => `mkdirat(<root>, ${quote(step.target)}, ${octal(step.mode)})`,
    tags: step => [`mkdir.${leaf(step.target)}`],
  },
  mknod: {
    man: 'mknod(2)',
    calls: 'openat2 mknodat close',
    encode: step => [
      step.target,
      nodeTypes[step.type][1] | step.mode,
      step.device === undefined ? 0 : deviceNumber(step.device),
    ],
    words: step => {
      const [type] = nodeTypes[step.type]
      const device = step.device === undefined ? '0' : `makedev(${step.device.join(', ')})`
      return `mknodat(<root>, ${quote(step.target)}, ${type}|${octal(step.mode)}, ${device})`
    },
    tags: step => [`mknod.${leaf(step.target)}`],
  },
  chown: {
    man: 'chown(2)',
    calls: 'openat2 fchownat close',
    encode: step => [step.target, step.uid, step.gid],
    words: step => `fchownat(<root>, ${quote(step.target)}, ${step.uid}, ${step.gid}, AT_SYMLINK_NOFOLLOW)`,
  },
  symlink: {
    man: 'symlink(2)',
    calls: 'openat2 symlinkat close',
    encode: step => [step.holds, step.target],
    words: step => `symlinkat(${quote(step.holds)}, <root>, ${quote(step.target)})`,
    tags: step => [`symlink.${leaf(step.target)}`],
  },
  mount: {
    man: 'mount(2)',
    calls: 'openat2 mount close',
    encode: step => [step.source, step.target, step.fstype, bits(mountFlags, step.flags), step.data],
    words: step =>
      `mount(${quote(step.source)}, <root>${step.target}, ${quote(step.fstype)}, ${flagWords(step.flags)}, ${quote(step.data)})`,
    tags: step => [
      ...(step.fstype === null ? [] : [`mount.${step.fstype}`]),
      ...(step.flags.includes('MS_BIND') ? ['mount.bind'] : []),
      `mount.at.${step.target}`,
    ],
  },
  mount_copy_up: {
    man: 'tmpfs(5)',
    calls: `openat2 fstat mount openat2 (fcntl? newfstatat? openat? mkdirat? fstat? sendfile? fchown? fchmod? readlinkat? symlinkat? mknodat? fchownat? getdents64? lseek? mmap? munmap? brk? close? mount?)+`,
    needsSingleThread: () => ['fill a tmpfs', 'it is the native stage that copies'],
    encode: step => [step.source, step.target, bits(mountFlags, step.flags), step.data, Number(step.owned)],
    words: step =>
      `mount(${quote(step.source)}, <root>${step.target}, "tmpfs", ${flagWords(step.flags)}, ${quote(step.data)}), filled with what is there`,
    tags: step => ['mount.tmpfs', `mount.at.${step.target}`],
  },
  attach_mount: {
    man: 'move_mount(2)',
    calls: 'openat2 move_mount close close',
    needsSingleThread: () => ['attach a mapped mount', 'it is the native stage that keeps them'],
    encode: step => [step.target],
    words: step => `move_mount(<mount>, "", <root>${step.target}, MOVE_MOUNT_F_EMPTY_PATH)`,
    tags: step => ['mount.bind', `mount.at.${step.target}`],
  },
  mount_setattr: {
    man: 'mount_setattr(2)',
    calls: 'openat2 mount_setattr close',
    encode: step => [
      step.target,
      bits(mountAttributes, step.set),
      bits(mountAttributes, step.clear),
      step.recursive ? 1 : 0,
    ],
    words: step =>
      `mount_setattr(<root>${step.target}, ${step.recursive ? 'AT_RECURSIVE' : '0'}, {set: ${flagWords(step.set)}, clear: ${flagWords(step.clear)}})`,
    tags: step => [
      `mount_setattr.at.${step.target}`,
      ...step.set.map(flag => `mount_setattr.${flag.slice(11).toLowerCase()}`),
    ],
  },
  console: {
    man: 'pty(7)',
    calls:
      'openat2 ioctl ioctl ioctl fchown openat2 mknodat close openat2 mount close ioctl dup3 dup3 dup3 sendmsg close close',
    takesTerminal: true,
    encode: step => [step.rows, step.columns, step.owner],
    words: step =>
      `open("/dev/pts/ptmx"), TIOCGPTPEER, TIOCSWINSZ ${step.columns}x${step.rows}, TIOCSCTTY, dup2 to 0 1 2`,
  },
  pivot_root: {
    man: 'pivot_root(2)',
    calls: 'pivot_root',
    encode: step => [step.newRoot, step.putOld],
    words: step => `pivot_root(${quote(step.newRoot)}, ${quote(step.putOld)})`,
  },
  umount: {
    man: 'umount2(2)',
    calls: 'umount2',
    encode: step => [step.path, bits(unmountFlags, step.flags)],
    words: step => `umount2(${quote(step.path)}, ${flagWords(step.flags)})`,
  },
  setgroups: {
    man: 'setgroups(2)',
    calls: 'setgroups',
    encode: step => [fromGids(step.gids)],
    words: step => `setgroups([${step.gids.join(', ')}])`,
  },
  setresgid: {
    man: 'setresgid(2)',
    calls: 'setresgid',
    encode: step => [step.gid],
    words: step => `setresgid(${step.gid}, ${step.gid}, ${step.gid})`,
  },
  setresuid: {
    man: 'setresuid(2)',
    calls: 'setresuid',
    encode: step => [step.uid],
    words: step => `setresuid(${step.uid}, ${step.uid}, ${step.uid})`,
  },
  umask: {
    man: 'umask(2)',
    calls: 'umask',
    encode: step => [step.mask],
    words: step => `umask(${octal(step.mask)})`,
  },
  drop_bounding: {
    man: 'PR_CAPBSET_DROP(2const)',
    calls: 'prctl+',
    encode: step => [capabilitySet(step.keep)],
    words: step => `prctl(PR_CAPBSET_DROP, all but ${capabilityWords(step.keep)})`,
  },
  keep_caps: {
    man: 'PR_SET_KEEPCAPS(2const)',
    calls: 'prctl',
    encode: () => [],
    words: () => 'prctl(PR_SET_KEEPCAPS, 1)',
  },
  capset: {
    man: 'capset(2)',
    calls: 'capset',
    encode: step => [step.effective, step.permitted, step.inheritable].map(capabilitySet),
    words: step =>
      `capset({effective: ${capabilityWords(step.effective)}, permitted: ${capabilityWords(step.permitted)}, inheritable: ${capabilityWords(step.inheritable)}})`,
  },
  ambient: {
    man: 'PR_CAP_AMBIENT(2const)',
    calls: 'prctl+',
    encode: step => [capabilitySet(step.capabilities)],
    words: step => `prctl(PR_CAP_AMBIENT, ${capabilityWords(step.capabilities)})`,
  },
  no_new_privs: {
    man: 'PR_SET_NO_NEW_PRIVS(2const)',
    calls: 'prctl',
    encode: () => [],
    words: () => 'prctl(PR_SET_NO_NEW_PRIVS, 1)',
  },
  seccomp: {
    man: 'seccomp(2)',
    calls: 'seccomp',
    encode: step => [new Uint8Array(step.filter), bits(seccompFlags, step.flags)],
    words: step => `seccomp(SECCOMP_SET_MODE_FILTER, ${flagWords(step.flags)}, ${step.filter.length / 8} instructions)`,
  },
  mask: {
    man: 'move_mount(2)',
    calls:
      'openat2 newfstatat? fstat? (fsopen fsconfig fsmount close)? (openat2 newfstatat? fstat? open_tree close)? move_mount close close',
    encode: step => [step.target],
    words: step => `cover <root>${step.target}`,
    tags: step => [`mask.${step.target}`],
  },
  readonly_path: {
    man: 'open_tree(2)',
    calls: 'openat2 open_tree mount_setattr move_mount close close',
    encode: step => [step.target],
    words: step => `open_tree(<root>${step.target}), mount_setattr(MOUNT_ATTR_RDONLY), move_mount`,
    tags: step => [`readonly.${step.target}`],
  },
  setrlimit: {
    man: 'getrlimit(2)',
    calls: 'prlimit64',
    encode: step => [resourceLimits[step.resource], fromLimits([step.soft, step.hard])],
    words: step =>
      `prlimit(0, ${step.resource}, {${[step.soft, step.hard].map(limit => limit ?? 'RLIM_INFINITY').join(', ')}})`,
    tags: step => [`setrlimit.${step.resource.slice(7).toLowerCase()}`],
  },
  scheduler: {
    man: 'sched_setattr(2)',
    calls: 'sched_setattr',
    encode: step => [schedulingAttributes(step)],
    words: ({ policy, priority, nice }) => `sched_setattr(0, {${policy}, priority ${priority}, nice ${nice}})`,
  },
  io_priority: {
    man: 'ioprio_set(2)',
    calls: 'ioprio_set',
    encode: step => [(ioClasses[step.class] << 13) | step.priority],
    words: step => `ioprio_set(IOPRIO_WHO_PROCESS, 0, ${step.class}, ${step.priority})`,
  },
  personality: {
    man: 'personality(2)',
    calls: 'personality',
    encode: step => [personalities[step.domain]],
    words: step => `personality(PER_${step.domain})`,
  },
  set_mempolicy: {
    man: 'set_mempolicy(2)',
    calls: 'set_mempolicy',
    encode: step => {
      const nodes = numbersOf(step.nodes)!
      const mode = memoryPolicies[step.mode] | bits(memoryPolicyFlags, step.flags)
      return [mode, nodes.length === 0 ? new Uint8Array() : bitmapOf(nodes)]
    },
    words: step => `set_mempolicy(${[step.mode, ...step.flags].join('|')}, ${step.nodes === '' ? 'NULL' : step.nodes})`,
  },
  session_keyring: {
    man: 'KEYCTL_JOIN_SESSION_KEYRING(2const)',
    calls: 'keyctl',
    encode: step => [step.name],
    words: step => `keyctl(KEYCTL_JOIN_SESSION_KEYRING, ${quote(step.name)})`,
  },
  check_cwd: {
    man: 'getcwd(2)',
    calls: 'getcwd',
    encode: step => [step.path],
    words: () => 'getcwd(): below the root',
  },
  preserve_fds: {
    man: 'dup3(2)',
    calls: 'fcntl dup3+',
    needsSingleThread: () => ['keep open fds for the program', 'Node has its own at those numbers'],
    encode: step => [step.count],
    words: step => `dup3(): fds of the caller to 3…${2 + step.count}`,
  },
  lookup: {
    man: 'exec(3)',
    calls: '(newfstatat faccessat2? faccessat?)+',
    encode: step => [step.candidates],
    words: step => `look for ${step.candidates.join(', ')}`,
  },
  close_fds: {
    man: 'close_range(2)',
    calls: 'close_range',
    encode: step => [step.from],
    words: step => `close_range(${step.from}, ~0, CLOSE_RANGE_CLOEXEC)`,
  },
  supervise: {
    man: 'fork(2)',
    calls: 'getpid rt_sigprocmask clone prctl getppid setpgid getpid ioctl rt_sigprocmask',
    stays: 'prctl prctl close_range (rt_sigtimedwait (wait4+)? kill?)+ exit_group',
    needsSingleThread: () => ['stay behind as init', 'a process with threads cannot fork'],
    encode: () => [],
    words: () => 'fork(), stay behind as init: reap, forward signals',
  },
  open_gate: {
    man: 'open(2)',
    calls: 'openat',
    needsSingleThread: () => ['wait to be started', 'it would be a whole Node that waits'],
    encode: step => [step.path],
    words: step => `open(${quote(step.path)}, O_PATH|O_DIRECTORY) = <gate>`,
  },
  wait_gate: {
    man: 'fifo(7)',
    calls: 'openat close',
    needsSingleThread: () => ['wait to be started', 'it would be a whole Node that waits'],
    encode: step => [step.name],
    words: step => `openat(<gate>, ${quote(step.name)}, O_WRONLY): waits for a reader`,
  },
  execve: {
    man: 'execve(2)',
    calls: 'execve',
    encode: step => [step.args, step.env],
    words: step => `execve(<found>, [${step.args.map(quote).join(', ')}], ${step.env.length} vars)`,
  },
}

const none = (): readonly InverseStep[] => []
const yes = (): boolean => true
const no = (): boolean => false

export const hostOps: { readonly [O in HostOp]: HostRow<O> } = {
  write_file: {
    man: 'rename(2)',
    words: step => `write ${step.path}`,
    lasting: yes,
    inverse: step => [{ op: 'remove_file', path: step.path }],
  },
  remove_file: { man: 'unlink(2)', words: step => `unlink(${quote(step.path)})`, lasting: no, inverse: none },
  make_fifo: {
    man: 'mkfifo(3)',
    words: step => `mkfifo(${quote(step.path)}, ${octal(step.mode)})`,
    lasting: yes,
    inverse: step => [{ op: 'remove_file', path: step.path }],
  },
  // what it does to the host is its own, and its poststop's to take back
  hook: {
    man: 'posix_spawn(3)',
    words: step => `${step.kind} hook ${step.index}: ${step.hook.path}`,
    tags: step => [`hook.${step.kind}`],
    lasting: no,
    inverse: none,
  },
  write_pid: {
    man: 'rename(2)',
    words: step => `write ${step.path}: <${step.of}>`,
    lasting: yes,
    inverse: step => [{ op: 'remove_file', path: step.path }],
  },
  set: {
    man: 'proc(5)',
    words: step => `write(${quote(step.path)}, ${quote(step.data)})`,
    lasting: yes,
    inverse: step => [{ op: 'set', path: step.path, data: step.previous, previous: step.data }],
  },
  hold: {
    man: 'flock(2)',
    words: step => `hold ${step.resource} for ${step.user}`,
    lasting: yes,
    inverse: step => [{ op: 'release', resource: step.resource, user: step.user }],
  },
  release: { man: 'flock(2)', words: step => `release ${step.resource} of ${step.user}`, lasting: no, inverse: none },
  write_proc: {
    man: 'user_namespaces(7)',
    words: step => `write("/proc/<${step.of}>/${step.file}", ${quote(step.data)})`,
    tags: step => [`write.${step.file}`],
    lasting: no,
    inverse: none,
  },
  newidmap: {
    man: 'newuidmap(1)',
    words: step => `${step.tool} <${step.of}> ${step.ranges.map(range => range.join(' ')).join(' ')}`,
    tags: step => [step.tool.endsWith('newuidmap') ? 'write.uid_map' : 'write.gid_map'],
    lasting: no,
    inverse: none,
  },
  mount_rootfs: {
    man: 'mount(2)',
    words: step => `mount(${quote(step.path)}, ${quote(step.path)}, MS_BIND|MS_REC), then MS_PRIVATE|MS_REC`,
    lasting: yes,
    inverse: step => [{ op: 'unmount_rootfs', path: step.path }],
  },
  unmount_rootfs: {
    man: 'umount(2)',
    words: step => `umount2(${quote(step.path)}, MNT_DETACH)`,
    lasting: no,
    inverse: none,
  },
  idmap_tree: {
    man: 'mount_setattr(2)',
    words: step =>
      `open_tree(${quote(step.path)}, OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_IDMAP, <user namespace of ${step.of}>) = <tree>`,
    brings: 'tree',
    lasting: no,
    inverse: none,
  },
  // detached: it goes with the fd, or with the namespace in which the child attaches it
  idmap_mount: {
    man: 'mount_setattr(2)',
    words: ({ source, of, mappings, tree, deep }) => {
      const as = (all: readonly IdMapping[]): string =>
        all.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`).join(' ')
      const map = mappings === null ? `<user namespace of ${of}>` : `uids ${as(mappings.uid)}, gids ${as(mappings.gid)}`
      const flags = ['OPEN_TREE_CLONE', ...(tree ? ['AT_RECURSIVE'] : [])].join('|')
      return `open_tree(${quote(source)}, ${flags}), mount_setattr(MOUNT_ATTR_IDMAP${deep ? ', AT_RECURSIVE' : ''}, ${map}) = <mount>`
    },
    brings: 'mounts',
    lasting: no,
    inverse: none,
  },
  overlay_tree: {
    man: 'fsopen(2)',
    words: step =>
      `fsopen("overlay"), ${step.lower.length} of lowerdir${step.upper === null ? '' : `, upperdir=${step.upper}`} below ${step.base} mapped to <user namespace of ${step.of}>, fsmount() = <tree>`,
    brings: 'tree',
    lasting: no,
    inverse: none,
  },
  ip_batch: {
    man: 'ip(8)',
    words: step =>
      `ip -batch${step.netns === undefined ? '' : ` in <${step.netns.of}>`}: ${step.lines.map(lineWords).join('; ')}`,
    lasting: step => step.netns === undefined,
    inverse: step => (step.inverse === undefined ? [] : [{ op: 'ip_batch', ...step.inverse }]),
  },
  // it ends with the namespace, or goes where the kernel then puts it
  move_link: {
    man: 'ip-link(8)',
    words: step => `ip link set dev ${step.name} netns <${step.to}> name ${step.as}`,
    lasting: no,
    inverse: none,
  },
  nft: {
    man: 'nft(8)',
    words: step => `nft -f: ${step.script.replace(/\s+/g, ' ').trim()}`,
    lasting: yes,
    inverse: step => (step.inverse === undefined ? [] : [{ op: 'nft', script: step.inverse }]),
  },
  spawn_helper: {
    man: 'posix_spawn(3)',
    words: step => lineWords(step.argv),
    lasting: yes,
    inverse: step => [{ op: 'end_helper', pidFile: step.pidFile }],
  },
  make_cgroup: {
    man: 'cgroups(7)',
    words: step => `mkdir(${quote(step.path)})`,
    tags: () => ['cgroup.make'],
    lasting: yes,
    inverse: step => [{ op: 'remove_cgroup', path: step.path, kill: true }],
  },
  remove_cgroup: {
    man: 'cgroups(7)',
    words: step => `${step.kill ? 'kill what is in it, ' : ''}rmdir(${quote(step.path)})`,
    lasting: no,
    inverse: none,
  },
  // what is written into a cgroup goes with it
  write_cgroup: {
    man: 'cgroups(7)',
    words: step => `write(${quote(step.path)}, ${quote(step.data)})`,
    tags: step => [`cgroup.${leaf(step.path)}`],
    lasting: no,
    inverse: none,
  },
  join_cgroup: {
    man: 'cgroups(7)',
    words: step => `write("${step.path}/cgroup.procs", <${step.of}>)`,
    tags: () => ['cgroup.join'],
    lasting: no,
    inverse: none,
  },
  sched_setaffinity: {
    man: 'sched_setaffinity(2)',
    words: step => `sched_setaffinity(<${step.of}>, ${step.cpus})`,
    lasting: no,
    inverse: none,
  },
  // of a directory that others use too: it stays as it is when we leave
  enable_controllers: {
    man: 'cgroups(7)',
    words: step =>
      `write("${step.path}/cgroup.subtree_control", "${step.controllers.map(name => `+${name}`).join(' ')}")`,
    lasting: no,
    inverse: none,
  },
  disable_controllers: {
    man: 'cgroups(7)',
    words: step =>
      `write("${step.path}/cgroup.subtree_control", "${step.controllers.map(name => `-${name}`).join(' ')}")`,
    lasting: no,
    inverse: none,
  },
  // for all containers: who uses the directory last moves them back
  move_processes: {
    man: 'cgroups(7)',
    words: step => `write("${step.to}/cgroup.procs", <each of ${step.from}/cgroup.procs>)`,
    lasting: no,
    inverse: none,
  },
  // the cgroup holds it, and lets it go when it is removed
  device_filter: {
    man: 'bpf(2)',
    words: step => `bpf(BPF_PROG_LOAD, ${step.program.length} instructions), bpf(BPF_PROG_ATTACH, ${quote(step.path)})`,
    tags: () => ['cgroup.devices'],
    lasting: no,
    inverse: none,
  },
  // queues go with the interface that they stand before
  tc_batch: {
    man: 'tc(8)',
    words: step => `tc -batch${step.netns === undefined ? '' : ` in <${step.netns.of}>`}: ${step.lines.join('; ')}`,
    lasting: no,
    inverse: none,
  },
  end_helper: { man: 'kill(2)', words: step => `end the process of ${step.pidFile}`, lasting: no, inverse: none },
}

const childOpNames = Object.keys(childOps) as ChildOp[]
const childOpNumbers = new Map<ChildOp, number>(childOpNames.map((op, number) => [op, number]))

export const childOpByNumber = (number: number): ChildOp | undefined => childOpNames[number]
export const numberOf = (op: ChildOp): number => childOpNumbers.get(op)!
export const isChildStep = (step: Step): step is ChildStep => Object.hasOwn(childOps, step.op)
export const isHostStep = (step: Step): step is HostStep => Object.hasOwn(hostOps, step.op)

/* The table's rows are typed each by its own op; looked up by a step, TypeScript sees only their union. */
const childRowOf = (step: ChildStep): ChildRow<ChildOp> => childOps[step.op] as unknown as ChildRow<ChildOp>
const hostRowOf = (step: HostStep): HostRow<HostOp> => hostOps[step.op] as unknown as HostRow<HostOp>
const rowOf = (step: Step): Row<Op> =>
  (isChildStep(step) ? childRowOf(step) : hostRowOf(step as HostStep)) as unknown as Row<Op>

export const manPage = (step: Step): string => rowOf(step).man
export const words = (step: Step): string => rowOf(step).words(step)
export const tagsOf = (step: Step): readonly string[] => [step.op, ...(rowOf(step).tags?.(step) ?? [])]
export const encodeArgs = (step: ChildStep): readonly Arg[] => childRowOf(step).encode(step)
export const callsOf = (step: ChildStep): { readonly calls: string; readonly stays?: string } => childOps[step.op]
export const takesTerminal = (step: Step): boolean => isChildStep(step) && childRowOf(step).takesTerminal === true
export const needsSingleThread = (step: ChildStep): Refusal | undefined => childRowOf(step).needsSingleThread?.(step)
export const brings = (step: HostStep): FdRole | undefined => hostRowOf(step).brings
export const isLasting = (step: HostStep): boolean => hostRowOf(step).lasting(step)
export const inverseOf = (step: HostStep): readonly InverseStep[] => hostRowOf(step).inverse(step)
