/**
 * The OCI runtime-spec's config.json (github.com/opencontainers/runtime-spec, config.md and config-linux.md): the part
 * that some chapter understands. A chapter refuses by name what it does not (core/chapter.ts), so types grow with them.
 */

import type { MemoryPolicyFlag, MemoryPolicyMode, PersonalityDomain } from '#core/sys/constants'
import type { Process } from './process.js'

export * from './process.js'

export type NamespaceType = 'mount' | 'pid' | 'uts' | 'ipc' | 'network' | 'user' | 'cgroup' | 'time'

export interface Namespace {
  readonly type: NamespaceType
  /** Of one that exists, to be joined: an absolute path. Without it, a new one is made. */
  readonly path?: string
}

export interface Root {
  readonly path: string
  readonly readonly?: boolean
}

/** config.md#mounts: options are mount(8)'s words ('nosuid', 'rbind', 'ro') or the file system's own ('mode=755'). */
export interface Mount {
  readonly destination: string
  readonly type?: string
  readonly source?: string
  readonly options?: readonly string[]
  /** Of an id-mapped mount: `containerID` is an owner on disk, `hostID` who it is seen to be, as the host counts. */
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
}

/** config-linux.md#user-namespace-mappings: `size` ids from `containerID` inside are `hostID`… outside. */
export interface IdMapping {
  readonly containerID: number
  readonly hostID: number
  readonly size: number
}

/** config-linux.md#offset-for-time-namespace. */
export interface TimeOffset {
  readonly secs?: number
  readonly nanosecs?: number
}

/** config-linux.md#allowed-device-list. Without a number: any. */
export interface DeviceRule {
  readonly allow: boolean
  /** a: all, c: character, b: block devices. */
  readonly type?: 'a' | 'c' | 'b'
  readonly major?: number
  readonly minor?: number
  /** Of r (read), w (write), m (mknod). */
  readonly access?: string
}

/** config-linux.md#block-io: bytes or operations a second. */
export interface Throttle {
  readonly major: number
  readonly minor: number
  readonly rate: number
}

/** config-linux.md#control-groups. Bytes, microseconds; -1 takes a limit away. */
export interface Resources {
  readonly devices?: readonly DeviceRule[]
  readonly memory?: {
    readonly limit?: number
    readonly reservation?: number
    /** Memory and swap together. */
    readonly swap?: number
    readonly swappiness?: number
    readonly disableOOMKiller?: boolean
    /** Of the kernel, and of the buffers of its TCP: cgroup v1 had the one, and has the other. */
    readonly kernel?: number
    readonly kernelTCP?: number
  }
  readonly cpu?: {
    readonly shares?: number
    readonly quota?: number
    readonly burst?: number
    readonly period?: number
    readonly realtimeRuntime?: number
    readonly realtimePeriod?: number
    readonly cpus?: string
    readonly mems?: string
    readonly idle?: number
  }
  readonly pids?: { readonly limit: number }
  readonly blockIO?: {
    readonly weight?: number
    readonly weightDevice?: readonly { readonly major: number; readonly minor: number; readonly weight?: number }[]
    readonly throttleReadBpsDevice?: readonly Throttle[]
    readonly throttleWriteBpsDevice?: readonly Throttle[]
    readonly throttleReadIOPSDevice?: readonly Throttle[]
    readonly throttleWriteIOPSDevice?: readonly Throttle[]
  }
  /** config-linux.md#network: a mark on its packets, and their priority by device of the host. On cgroup v1. */
  readonly network?: {
    readonly classID?: number
    readonly priorities?: readonly { readonly name: string; readonly priority: number }[]
  }
  /** config-linux.md#rdma, by device. */
  readonly rdma?: Readonly<Record<string, { readonly hcaHandles?: number; readonly hcaObjects?: number }>>
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: number }[]
  /** Files of cgroup v2 by name, written as they are. */
  readonly unified?: Readonly<Record<string, string>>
}

export type SeccompAction =
  `SCMP_ACT_${'KILL' | 'KILL_THREAD' | 'KILL_PROCESS' | 'TRAP' | 'ERRNO' | 'TRACE' | 'ALLOW' | 'LOG' | 'NOTIFY'}`
export type SeccompOperator = `SCMP_CMP_${'NE' | 'LT' | 'LE' | 'EQ' | 'GE' | 'GT' | 'MASKED_EQ'}`
export type SeccompFlag = `SECCOMP_FILTER_FLAG_${'TSYNC' | 'LOG' | 'SPEC_ALLOW' | 'WAIT_KILLABLE_RECV'}`

/** What holds of an argument, as an unsigned number of 64 bits: a bigint where a number would lose digits. */
export interface SeccompArg {
  /** From 0. */
  readonly index: number
  readonly value: number | bigint
  /** Of MASKED_EQ: what `value`, the mask, leaves of the argument. */
  readonly valueTwo?: number | bigint
  readonly op: SeccompOperator
}

export interface SeccompRule {
  readonly names: readonly string[]
  readonly action: SeccompAction
  /** Of ERRNO and TRACE; without it EPERM. */
  readonly errnoRet?: number
  readonly args?: readonly SeccompArg[]
}

/** config-linux.md#seccomp, with libseccomp's words. */
export interface Seccomp {
  readonly defaultAction: SeccompAction
  readonly defaultErrnoRet?: number
  /** Beside the machine's own. */
  readonly architectures?: readonly string[]
  readonly flags?: readonly SeccompFlag[]
  /** The socket of who answers for calls of NOTIFY, and what it is told. */
  readonly listenerPath?: string
  readonly listenerMetadata?: string
  readonly syscalls?: readonly SeccompRule[]
}

export interface Linux {
  readonly namespaces?: readonly Namespace[]
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  readonly timeOffsets?: { readonly monotonic?: TimeOffset; readonly boottime?: TimeOffset }
  /** Below the place of the runtime's choice; with a / at its beginning, below the top of each hierarchy. */
  readonly cgroupsPath?: string
  readonly resources?: Resources
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
  readonly seccomp?: Seccomp
  /** By the names of sysctl(8), which are those below /proc/sys. */
  readonly sysctl?: Readonly<Record<string, string>>
  readonly devices?: readonly Device[]
  /** config-linux.md#network-devices: by their names on the host; `name`: inside, a template with %d perhaps. */
  readonly netDevices?: Readonly<Record<string, { readonly name?: string }>>
  readonly rootfsPropagation?: RootfsPropagation
  /** config-linux.md#personality: flags are none yet. */
  readonly personality?: { readonly domain: PersonalityDomain }
  /** config-linux.md#memory-policy: `nodes` is a list of memory nodes, like 0-3,7. */
  readonly memoryPolicy?: {
    readonly mode: MemoryPolicyMode
    readonly nodes?: string
    readonly flags?: readonly MemoryPolicyFlag[]
  }
}

/** config-linux.md#rootfs-mount-propagation */
export const rootfsPropagations = ['shared', 'slave', 'private', 'unbindable'] as const
export type RootfsPropagation = (typeof rootfsPropagations)[number] | `r${(typeof rootfsPropagations)[number]}`

/** config-linux.md#devices. c: character, b: block device, u: unbuffered, which is c; p: FIFO. */
export interface Device {
  readonly type: 'c' | 'b' | 'u' | 'p'
  readonly path: string
  readonly major?: number
  readonly minor?: number
  /** Engines copy it from st_mode, the bits of the type included: what counts is permissions. */
  readonly fileMode?: number
  readonly uid?: number
  readonly gid?: number
}

/** config.md#posix-platform-hooks. `timeout`: seconds. */
export interface Hook {
  readonly path: string
  readonly args?: readonly string[]
  readonly env?: readonly string[]
  readonly timeout?: number
}

export const hookKinds = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const
export type HookKind = (typeof hookKinds)[number]

export interface Spec {
  readonly ociVersion: string
  readonly process: Process
  readonly root: Root
  readonly hostname?: string
  readonly domainname?: string
  readonly mounts?: readonly Mount[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly hooks?: Readonly<Partial<Record<HookKind, readonly Hook[]>>>
  readonly linux?: Linux
}

export const ociVersion = '1.2.1'

/** Docker's PATH where the environment names none (moby, daemon config: DefaultPathEnv). */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Whether the spec asks for a new namespace of this type. */
export function isolates(spec: Spec, type: NamespaceType): boolean {
  return spec.linux?.namespaces?.some(namespace => namespace.type === type && namespace.path === undefined) ?? false
}
