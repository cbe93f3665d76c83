/** Documents that break no rule of the OCI's, and others that are made of them by one change. */

import { createHash } from 'node:crypto'
import type { Finding, Rule } from '#chapters/ch7-oci/validate/rule'

export type Json = Record<string, unknown>

/** Nearly all that a config.json for Linux can say; no two places share an object. */
export const goodConfig = (): Json => JSON.parse(JSON.stringify(whole)) as Json

const capabilities = ['CAP_CHOWN', 'CAP_KILL']
const mount = (destination: string, type: string): Json => ({ destination, type, source: type, options: ['nosuid'] })
const hook = { path: '/bin/hook', args: ['hook', 'now'], env: ['A=1'], timeout: 5 }
const throttle = [{ major: 8, minor: 0, rate: 1024 }]
const mappings = [
  { containerID: 0, hostID: 100_000, size: 1000 },
  { containerID: 1000, hostID: 200_000, size: 10 },
]

const whole: Json = {
  ociVersion: '1.2.1',
  root: { path: 'rootfs', readonly: true },
  hostname: 'box',
  domainname: 'example.com',
  mounts: [
    mount('/proc', 'proc'),
    mount('/sys', 'sysfs'),
    mount('/dev/pts', 'devpts'),
    mount('/dev/shm', 'tmpfs'),
    {
      destination: '/data',
      type: 'none',
      source: '/srv',
      options: ['rbind', 'ridmap'],
      uidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
    },
  ],
  process: {
    terminal: true,
    consoleSize: { height: 25, width: 80 },
    user: { uid: 1, gid: 1, umask: 18, additionalGids: [5, 6] },
    args: ['sh', '-c', 'true'],
    env: ['PATH=/bin', 'TERM=xterm'],
    cwd: '/',
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: 1024, hard: 2048 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ],
    apparmorProfile: 'profile',
    capabilities: {
      bounding: capabilities,
      permitted: capabilities,
      effective: ['CAP_KILL'],
      inheritable: capabilities,
      ambient: ['CAP_CHOWN'],
    },
    noNewPrivileges: true,
    oomScoreAdj: 100,
    scheduler: { policy: 'SCHED_OTHER', nice: 1, priority: 0, flags: ['SCHED_FLAG_RESET_ON_FORK'], runtime: 0 },
    selinuxLabel: 'label',
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
    execCPUAffinity: { initial: '7', final: '0-3,7' },
  },
  hooks: {
    createRuntime: [hook],
    createContainer: [hook],
    startContainer: [hook],
    poststart: [hook],
    poststop: [hook],
  },
  annotations: { 'com.example.key': 'value', 'org.opencontainers.image.os': 'linux' },
  linux: {
    namespaces: [
      ...['pid', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'].map(type => ({ type })),
      { type: 'network', path: '/run/netns/one' },
    ],
    uidMappings: mappings,
    gidMappings: mappings,
    timeOffsets: { monotonic: { secs: 10, nanosecs: 1 }, boottime: { secs: -10, nanosecs: 0 } },
    devices: [
      { type: 'c', path: '/dev/fuse', major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0 },
      { type: 'p', path: '/run/fifo' },
    ],
    netDevices: { eth5: { name: 'inner' }, eth6: {} },
    cgroupsPath: '/our/container',
    resources: {
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
      ],
      memory: { limit: 1 << 20, reservation: 1 << 19, swap: 1 << 21, swappiness: 10, disableOOMKiller: false },
      cpu: { shares: 1024, quota: 100_000, burst: 50_000, period: 100_000, cpus: '0-1,3', mems: '0', idle: 0 },
      pids: { limit: 100 },
      blockIO: {
        weight: 100,
        leafWeight: 100,
        weightDevice: [{ major: 8, minor: 0, weight: 500, leafWeight: 300 }],
        throttleReadBpsDevice: throttle,
        throttleWriteIOPSDevice: throttle,
      },
      hugepageLimits: [{ pageSize: '2MB', limit: 209_715_200 }],
      network: { classID: 1, priorities: [{ name: 'eth0', priority: 5 }] },
      rdma: { mlx: { hcaHandles: 3 } },
      unified: { 'io.max': '8:0 rbps=1' },
    },
    intelRdt: { closID: 'group', schemata: ['L3:0=7f0'], l3CacheSchema: 'L3:0=7f0', memBwSchema: 'MB:0=20' },
    memoryPolicy: { mode: 'MPOL_BIND', nodes: '0-1', flags: ['MPOL_F_STATIC_NODES'] },
    sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.shmmax': '1' },
    seccomp: {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      listenerPath: '/run/agent',
      listenerMetadata: 'who',
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 1, valueTwo: 2, op: 'SCMP_CMP_EQ' }] },
        { names: ['mount'], action: 'SCMP_ACT_NOTIFY' },
        { names: ['chmod'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      ],
    },
    rootfsPropagation: 'slave',
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
    mountLabel: 'label',
    personality: { domain: 'LINUX', flags: [] },
  },
}

export const sha256 = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const layerBytes = 'a layer'
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: sha256(layerBytes), size: 7 }
const ofType = (mediaType: string, text: string): Json => ({ mediaType, digest: sha256(text), size: text.length })

export const goodImageConfig = (): Json => ({
  created: '2024-02-29T12:00:00.5Z',
  author: 'somebody',
  architecture: 'arm64',
  variant: 'v8',
  os: 'linux',
  'os.features': ['one'],
  config: {
    User: 'one:two',
    ExposedPorts: { '80/tcp': {}, '53': {} },
    Env: ['PATH=/bin'],
    Entrypoint: ['/bin/sh'],
    Cmd: null,
    Volumes: { '/data': {} },
    WorkingDir: '/data',
    Labels: { 'com.example.key': 'value' },
    StopSignal: 'SIGRTMIN+3',
  },
  rootfs: { type: 'layers', diff_ids: [sha256('one'), sha256('two')] },
  history: [
    { created: '2024-02-29T12:00:00+01:00', created_by: 'COPY' },
    { created_by: 'ENV', empty_layer: true },
    { created_by: 'RUN', comment: 'the last', author: 'somebody' },
  ],
})

export const goodManifest = (): Json => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { ...ofType('application/vnd.oci.image.config.v1+json', '{}'), data: 'e30=' },
  layers: [{ ...layer, urls: ['https://example.com/a%20layer'] }, layer],
  subject: ofType('application/vnd.oci.image.manifest.v1+json', 'another'),
  annotations: { 'org.opencontainers.image.created': '2024-02-29T12:00:00Z', 'com.example.key': '' },
})

export const goodIndex = (): Json => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    {
      ...ofType('application/vnd.oci.image.manifest.v1+json', 'a manifest'),
      platform: { architecture: 'arm', variant: 'v7', os: 'linux' },
      annotations: {
        'org.opencontainers.image.ref.name': 'v1.0-rc.1',
        'org.opencontainers.image.base.digest': sha256(''),
      },
    },
    {
      ...ofType('application/vnd.oci.image.manifest.v1+json', 'for windows'),
      platform: { architecture: 'amd64', os: 'windows', 'os.version': '10.0', 'os.features': ['win32k'] },
    },
    ofType('application/vnd.oci.image.index.v1+json', 'an index'),
  ],
})

/** A copy with another value at a place: `mounts[0].options`. undefined takes it away. */
export function changed<T>(document: T, place: string, value: unknown): T {
  const copy = structuredClone(document)
  const keys = keysOf(place)
  const last = keys.pop()!
  const parent = keys.reduce<unknown>((at, key) => (at as Json)[key], copy) as Json
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

const keysOf = (place: string): string[] =>
  [...place.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name!,
  )

/** Every place in a document, and what stands there; the document's own is ''. */
export function* placesIn(value: unknown, at = ''): Generator<readonly [at: string, value: unknown]> {
  yield [at, value]
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* placesIn(item, `${at}[${i}]`)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? `${at === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`
      yield* placesIn(field, `${at}${name}`)
    }
  }
}

/** Changes of a good document that break one rule: the place that is told, and `place, value` for each change. */
export type Case = readonly [at: string, ...changes: readonly (readonly [place: string, value: unknown])[]]

export const made = <T>(document: T, [, ...changes]: Case): T =>
  changes.reduce((before, [place, value]) => changed(before, place, value), document)

/** Rules that have no case, and cases that have no rule. */
export function unmatched(rules: readonly Rule<never>[], cases: Readonly<Record<string, unknown>>): string[] {
  const ids = rules.map(({ id }) => id)
  const rest = Object.keys(cases).filter(id => !ids.includes(id))
  return [...ids.filter(id => !(id in cases)), ...rest, ...ids.filter((id, i) => ids.indexOf(id) !== i)]
}

/** What is told of one rule: places, in their order. */
export const toldOf = (findings: readonly Finding[], id: string): string[] =>
  findings.filter(found => found.id === id).map(({ at }) => at)

export const inWords = (findings: readonly Finding[]): string[] => findings.map(({ at, rule }) => `${at}: ${rule}`)
