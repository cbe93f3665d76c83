/**
 * A step: one row of a plan, plain data. Flags are names, numbers exist only in the encoder; what is known later only is
 * referred to by type (`of: 'stage'`, fd roles), never by value.
 */

import type { Hook, HookKind, IdMapping } from '#core/spec/runtime'
import type {
  Capability,
  CloneFlag,
  ErrnoName,
  IoClass,
  MemoryPolicyFlag,
  MemoryPolicyMode,
  MountAttribute,
  MountFlag,
  PersonalityDomain,
  ResourceLimit,
  SchedulingFlag,
  SchedulingPolicy,
  SeccompFlag,
  SignalName,
  UnmountFlag,
} from '#core/sys/constants'
import type { FdRole, Instruction, Line, ProcessRole, Sign } from './operands.js'
import type { Phase } from './phase.js'

export type * from './operands.js'

/** Fields of the child lane's ops, in the order of native/ops.h. Paths are in-root where the field is called `target`. */
export interface ChildFields {
  yield: { turn: number; brings?: FdRole }
  fault: { errno: ErrnoName }
  setns: { fd: FdRole; flags: readonly CloneFlag[] }
  unshare: { flags: readonly CloneFlag[] }
  join: { path: string; flag: CloneFlag }
  open_cgroup: { path: string }
  fork: { into?: 'cgroup' }
  die_with_parent: { signal: SignalName }
  setsid: object
  sethostname: { name: string }
  setdomainname: { name: string }
  link_up: { name: string }
  write: { path: string; data: string }
  chroot: { path: string }
  chdir: { path: string }
  fchdir: { fd: FdRole }
  mkdir_plain: { path: string; mode: number }
  propagation: { path: string; flags: readonly MountFlag[] }
  bind_root: { path: string }
  mount_root: {
    source: string | null
    path: string
    fstype: string | null
    flags: readonly MountFlag[]
    data: string | null
  }
  move_root: { fd: FdRole; path: string }
  open_root: { path: string }
  mkdir: { target: string; mode: number }
  mknod: {
    target: string
    type: 'file' | 'char' | 'block' | 'fifo'
    mode: number
    device?: readonly [major: number, minor: number]
  }
  chown: { target: string; uid: number; gid: number }
  symlink: { holds: string; target: string }
  mount: {
    source: string | null
    target: string
    fstype: string | null
    flags: readonly MountFlag[]
    data: string | null
  }
  /** `owned`: mode and owner of the directory as well. */
  mount_copy_up: { source: string; target: string; flags: readonly MountFlag[]; data: string; owned: boolean }
  /** The next of the role `mounts`: they are taken in the order of the host's steps. */
  attach_mount: { target: string }
  mount_setattr: {
    target: string
    set: readonly MountAttribute[]
    clear: readonly MountAttribute[]
    recursive: boolean
  }
  console: { rows: number; columns: number; owner: number }
  pivot_root: { newRoot: string; putOld: string }
  umount: { path: string; flags: readonly UnmountFlag[] }
  setgroups: { gids: readonly number[] }
  setresgid: { gid: number }
  setresuid: { uid: number }
  umask: { mask: number }
  drop_bounding: { keep: readonly Capability[] }
  keep_caps: object
  capset: {
    effective: readonly Capability[]
    permitted: readonly Capability[]
    inheritable: readonly Capability[]
  }
  ambient: { capabilities: readonly Capability[] }
  no_new_privs: object
  /** struct sock_filter[], 8 bytes each. */
  seccomp: { filter: readonly number[]; flags: readonly SeccompFlag[] }
  mask: { target: string }
  readonly_path: { target: string }
  /** null: no limit. */
  setrlimit: { resource: ResourceLimit; soft: number | null; hard: number | null }
  /** struct sched_attr: times in nanoseconds, of SCHED_DEADLINE. */
  scheduler: {
    policy: SchedulingPolicy
    flags: readonly SchedulingFlag[]
    nice: number
    priority: number
    runtime: number
    deadline: number
    period: number
  }
  io_priority: { class: IoClass; priority: number }
  personality: { domain: PersonalityDomain }
  /** `nodes`: a list, like 0-3,7. */
  set_mempolicy: { mode: MemoryPolicyMode; flags: readonly MemoryPolicyFlag[]; nodes: string }
  session_keyring: { name: string }
  /** `path`: the directory that was asked for, to be named when it leads out. */
  check_cwd: { path: string }
  preserve_fds: { count: number }
  lookup: { candidates: readonly string[] }
  close_fds: { from: number }
  supervise: object
  open_gate: { path: string }
  wait_gate: { name: string }
  execve: { args: readonly string[]; env: readonly string[] }
}

/**
 * Fields of the host lane's ops. `inverse` is data, given by the pass that knows it; where the inverse follows from the
 * op alone, the op's row derives it.
 */
export interface HostFields {
  write_file: { path: string; data: string; mode: number }
  remove_file: { path: string }
  make_fifo: { path: string; mode: number }
  /** `state` without the pid, which is not known before. `inside`: init's namespaces that it is to run in; else on the host. */
  hook: {
    kind: HookKind
    index: number
    hook: Hook
    state: Readonly<Record<string, unknown>>
    inside?: readonly CloneFlag[]
  }
  write_pid: { path: string; of: ProcessRole }
  set: { path: string; data: string; previous: string }
  hold: { resource: string; user: string }
  release: { resource: string; user: string }
  write_proc: { of: ProcessRole; file: 'uid_map' | 'gid_map' | 'setgroups' | 'oom_score_adj'; data: string }
  make_cgroup: { path: string }
  /** `kill`: what is in it is ended first; else only an empty one goes. */
  remove_cgroup: { path: string; kill: boolean }
  /** `asked`: the flag or field whose wish it is, for the message when the kernel refuses it. */
  write_cgroup: { path: string; data: string; asked: string }
  join_cgroup: { path: string; of: ProcessRole }
  /** `cpus`: a list, like 0-3,7. */
  sched_setaffinity: { of: ProcessRole; cpus: string }
  /** Only what is not enabled yet is written, one controller at a time. */
  enable_controllers: { path: string; controllers: readonly string[] }
  /** Refused (ENOTEMPTY) while other cgroups than `alone` are below: they would lose their limits. */
  disable_controllers: { path: string; controllers: readonly string[]; alone: string }
  /** All that are in `from`, and those that they fork meanwhile. */
  move_processes: { from: string; to: string }
  device_filter: { path: string; program: readonly Instruction[] }
  tc_batch: { lines: readonly string[]; netns?: { of: ProcessRole } }
  newidmap: {
    of: ProcessRole
    tool: string
    ranges: readonly (readonly [inside: number, outside: number, size: number])[]
  }
  mount_rootfs: { path: string }
  unmount_rootfs: { path: string }
  idmap_tree: { path: string; of: ProcessRole }
  /** null: the map of who is in `of`'s user namespace. `tree`: with what is mounted below; `deep`: that is mapped as well. */
  idmap_mount: {
    source: string
    of: ProcessRole
    mappings: { readonly [of in 'uid' | 'gid']: readonly IdMapping[] } | null
    tree: boolean
    deep: boolean
  }
  /** An overlay of directories below `base`, named from there, their owners seen through the map of `of`. */
  overlay_tree: {
    base: string
    lower: readonly string[]
    upper: string | null
    work: string | null
    /** `key=value`, or `key` alone. */
    options: readonly string[]
    of: ProcessRole
  }
  ip_batch: {
    lines: readonly Line[]
    netns?: { of: ProcessRole }
    inverse?: { lines: readonly string[]; tolerate: readonly ErrnoName[] }
  }
  /** A network device: into the network namespace of that process, by which name. */
  move_link: { name: string; as: string; to: ProcessRole }
  nft: { script: string; inverse?: string }
  /** A program that runs beside the container. It is at work once `ready` shows. */
  spawn_helper: {
    argv: readonly (string | { of: ProcessRole })[]
    ready: Sign
    pidFile: string
  }
  end_helper: { pidFile: string }
}

interface Common {
  readonly phase: Phase
  /** Why the step is there, at this place: one clause for the reader of --explain. */
  readonly why: string
  /** The pass that put it there, as `chN.part`. */
  readonly by: string
  /** Errnos that are as good as success, as data: never a bare catch. */
  readonly tolerate?: readonly ErrnoName[]
}

type Fields = ChildFields & HostFields
export type ChildOp = keyof ChildFields
export type HostOp = keyof HostFields
export type Op = keyof Fields

/** The step of op O (a union over all ops by default). */
export type Step<O extends Op = Op> = { [K in O]: { readonly op: K } & Common & Readonly<Fields[K]> }[O]
export type ChildStep = Step<ChildOp>
export type HostStep = Step<HostOp>

/** Sorted by phase. `index` of a step is its place in `steps`. */
export interface Plan {
  readonly steps: readonly Step[]
}
