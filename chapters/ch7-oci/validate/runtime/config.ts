/** The config.json of a check: one that every runtime takes, and what is otherwise in it. Pure. */

/** By its place: `process.user.uid`. undefined takes it away; a function makes the new value of the old. */
export type Changes = Readonly<Record<string, unknown>>

type Json = Record<string, unknown>

/** What engines give a container of their own accord: capabilities(7). */
export const usualCapabilities = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP'],
  ...['NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE'],
].map(name => `CAP_${name}`)

export const usualMounts: readonly Json[] = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
  },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
]

export const usualNamespaces = ['pid', 'network', 'ipc', 'uts', 'mount'] as const

export interface Place {
  readonly rootfs: string
  readonly cgroupsPath: string
}

/** @param script for sh: what the program is */
export const baseConfig = ({ rootfs, cgroupsPath }: Place, script: string): Json => ({
  ociVersion: '1.0.2',
  process: {
    user: { uid: 0, gid: 0 },
    args: ['sh', '-c', script],
    env: ['PATH=/bin:/sbin:/usr/bin:/usr/sbin'],
    cwd: '/',
    capabilities: { bounding: usualCapabilities, effective: usualCapabilities, permitted: usualCapabilities },
  },
  root: { path: rootfs },
  mounts: usualMounts,
  linux: { namespaces: usualNamespaces.map(type => ({ type })), cgroupsPath },
})

export function changed(config: Json, changes: Changes): Json {
  return Object.entries(changes).reduce((json, [path, value]) => put(json, path.split('.'), value), config)
}

function put(json: Json, [key, ...rest]: readonly string[], value: unknown): Json {
  const { [key!]: old, ...others } = json
  const next =
    rest.length > 0
      ? put((old as Json | undefined) ?? {}, rest, value)
      : typeof value === 'function'
        ? value(old)
        : value
  return next === undefined ? others : { ...json, [key!]: next }
}

/** A change: at the end of a list. */
export const more =
  (...items: readonly unknown[]) =>
  (old: readonly unknown[] = []) => [...old, ...items]
