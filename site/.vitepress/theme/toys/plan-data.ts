/**
 * A recorded plan: what `site/data/plans/<name>.json` holds. Everything in it was read from a kernel while the plan was
 * performed, by test/support/record/plans.ts; only inode numbers, process ids and durations are made stable.
 */

export type Lane = 'host' | 'child'

/** The eight kinds, by their names in /proc/PID/ns. */
export const namespaceKinds = ['user', 'mnt', 'pid', 'net', 'uts', 'ipc', 'cgroup', 'time'] as const
export type NamespaceKind = (typeof namespaceKinds)[number]

/** `host`: the machine's. `own`: another one. `next`: still the machine's, but children will be born into another one. */
export type Belonging = 'host' | 'own' | 'next'

export type Propagation = 'shared' | 'slave' | 'private'

export interface MountSeen {
  readonly at: string
  readonly type: string
  /** Which part of that file system, where it is not the whole. */
  readonly root?: string
  readonly options: string
  readonly propagation: Propagation
}

export interface LinkSeen {
  readonly name: string
  readonly up: boolean
  /** IPv4 only. */
  readonly addresses: readonly string[]
  /** The bridge that it is plugged into. */
  readonly master?: string
}

/** The container's cgroup, once it is there. */
export interface CgroupSeen {
  readonly path: string
  /** In which hierarchies the process is in it: controllers of v1, `v2`. */
  readonly member: readonly string[]
  /** Files of its limits and what they hold, whoever wrote them. */
  readonly limits: readonly (readonly [file: string, value: string])[]
}

/** The process that performs the child lane, as /proc shows it from outside; and of the host what the plan changes there. */
export interface State {
  /** Its name: the stage's, then the program's. */
  readonly comm: string
  /** Its number in its own pid namespace, null while that is the host's. */
  readonly pid: number | null
  /** Whether it leads a session of its own. */
  readonly session: boolean
  readonly ns: Readonly<Record<NamespaceKind, Belonging>>
  /** Inode numbers made stable, by kind: equal numbers are the same namespace. */
  readonly inodes: Readonly<Record<NamespaceKind, number>>
  /** What "/" is to it: the host's root directory or the rootfs. */
  readonly root: 'host' | 'rootfs'
  /** /proc/PID/root and /proc/PID/cwd. */
  readonly rootPath: string
  readonly cwdPath: string
  /** Whether the working directory lies in the rootfs. */
  readonly cwd: 'host' | 'rootfs'
  readonly hostname: string
  /** As it sees itself: /proc/PID/status read from within its user namespace. */
  readonly uid: number
  readonly gid: number
  /** As the host sees it. */
  readonly hostUid: number
  readonly uidMap: readonly string[]
  readonly gidMap: readonly string[]
  readonly umask: string
  /** Whether mounts below the host's root are seen by it, and how `/` propagates: null when it is not seen. */
  readonly hostMounts: Propagation | null
  /** Mounts that the host has not, oldest first. */
  readonly mounts: readonly MountSeen[]
  /** Entries of the rootfs's /dev. */
  readonly dev: readonly string[]
  readonly links: readonly LinkSeen[]
  readonly route: string | null
  /** Of the host, beside lo. */
  readonly hostLinks: readonly LinkSeen[]
  /** Open files beside stdin, stdout and stderr; `true` is close-on-exec. */
  readonly fds: readonly (readonly [number: number, closeOnExec: boolean])[]
  /** In plans that make one: null before it is made. */
  readonly cgroup?: CgroupSeen | null
}

export interface PlanStep {
  readonly phase: string
  readonly lane: Lane
  readonly op: string
  readonly call: string
  readonly man: string
  readonly why: string
  /** `chN.part` */
  readonly by: string
  readonly tolerate: readonly string[]
  /** Names of flags in the call; their numbers stand in `flags` of the plan. */
  readonly flags: readonly string[]
  /** Where its op is written: a file of the repository and a line in it. */
  readonly file: string
  readonly line: number
  /** Microseconds, the median of several runs. */
  readonly micros: number
  /** What is another after it. */
  readonly after: Partial<State>
}

export interface PlanData {
  readonly version: 1
  readonly name: string
  /** The command that makes such a plan. */
  readonly command: string
  readonly phases: readonly { readonly name: string; readonly about: string }[]
  readonly flags: Readonly<Record<string, number>>
  /** By `file:line`: the lines of the object literal around the op. */
  readonly sources: Readonly<Record<string, string>>
  readonly before: State
  readonly steps: readonly PlanStep[]
}
