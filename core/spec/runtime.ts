/**
 * The OCI runtime-spec's config.json (github.com/opencontainers/runtime-spec, config.md and config-linux.md): the part
 * that some chapter understands. A chapter refuses by name what it does not (core/chapter.ts), so types grow with them.
 */

export type NamespaceType = 'mount' | 'pid' | 'uts' | 'ipc' | 'network' | 'user' | 'cgroup' | 'time'

export interface Namespace {
  readonly type: NamespaceType
}

export interface User {
  readonly uid: number
  readonly gid: number
  readonly umask?: number
  readonly additionalGids?: readonly number[]
}

export interface Process {
  readonly terminal?: boolean
  readonly consoleSize?: { readonly height: number; readonly width: number }
  readonly user: User
  readonly args: readonly string[]
  readonly env?: readonly string[]
  readonly cwd: string
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

export interface Linux {
  readonly namespaces?: readonly Namespace[]
  readonly uidMappings?: readonly IdMapping[]
  readonly gidMappings?: readonly IdMapping[]
  readonly timeOffsets?: { readonly monotonic?: TimeOffset; readonly boottime?: TimeOffset }
}

export interface Spec {
  readonly ociVersion: string
  readonly process: Process
  readonly root: Root
  readonly hostname?: string
  readonly domainname?: string
  readonly mounts?: readonly Mount[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly linux?: Linux
}

export const ociVersion = '1.2.1'

/** Docker's PATH where the environment names none (moby, daemon config: DefaultPathEnv). */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Whether the spec asks for a new namespace of this type. */
export function isolates(spec: Spec, type: NamespaceType): boolean {
  return spec.linux?.namespaces?.some(namespace => namespace.type === type) ?? false
}
