/** The shape of `linux` in config.json. Source: runtime-spec 1.3, config-linux.md and schema/config-linux.json. */

import { seccompActions, seccompArchitectures, seccompFlags, seccompOperators } from '#core/spec/seccomp'
import { memoryPolicies, memoryPolicyFlags } from '#core/sys/constants'
import { boolean, from, i64, integer, list, map, matching, object, text, texts, u16, u32, u64, words } from './shape.js'

const page = 'config-linux.md'

/** Of the container, and of a mount. */
export const idMapping = object(`${page}#user-namespace-mappings`, { containerID: u32, hostID: u32, size: u32 })

const namespace = object(
  `${page}#namespaces`,
  { type: words('pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time') },
  { path: text },
)

const device = object(
  `${page}#devices`,
  { type: words('c', 'b', 'u', 'p'), path: text },
  { major: i64, minor: i64, fileMode: u32, uid: u32, gid: u32 },
)

const clock = object(`${page}#offset-for-time-namespace`, {}, { secs: i64, nanosecs: u32 })

const deviceRule = object(
  `${page}#allowed-device-list`,
  { allow: boolean },
  {
    type: words('a', 'c', 'b'),
    major: i64,
    minor: i64,
    access: matching(/^[rwm]*$/, "made of 'r', 'w' and 'm'"),
  },
)

const memory = object(
  `${page}#memory`,
  {},
  {
    limit: i64,
    reservation: i64,
    swap: i64,
    kernel: i64,
    kernelTCP: i64,
    swappiness: integer(0, 100),
    disableOOMKiller: boolean,
    useHierarchy: boolean,
    checkBeforeUpdate: boolean,
  },
)

const cpu = object(
  `${page}#cpu`,
  {},
  {
    shares: u64,
    quota: i64,
    burst: u64,
    period: u64,
    realtimeRuntime: i64,
    realtimePeriod: u64,
    cpus: text,
    mems: text,
    idle: integer(0, 1, '0, or 1 for SCHED_IDLE'),
  },
)

const throttle = list(object(`${page}#block-io`, { major: i64, minor: i64, rate: u64 }))

const blockIO = object(
  `${page}#block-io`,
  {},
  {
    weight: u16,
    leafWeight: u16,
    weightDevice: list(object(`${page}#block-io`, { major: i64, minor: i64 }, { weight: u16, leafWeight: u16 })),
    throttleReadBpsDevice: throttle,
    throttleWriteBpsDevice: throttle,
    throttleReadIOPSDevice: throttle,
    throttleWriteIOPSDevice: throttle,
  },
)

const resources = object(
  `${page}#control-groups`,
  {},
  {
    devices: list(deviceRule),
    memory,
    cpu,
    blockIO,
    hugepageLimits: list(
      object(`${page}#huge-page-limits`, {
        pageSize: matching(/^[1-9][0-9]*[KMG]B$/, 'a size like 64KB, 2MB or 1GB'),
        limit: u64,
      }),
    ),
    network: object(
      `${page}#network`,
      {},
      { classID: u32, priorities: list(object(`${page}#network`, { name: text, priority: u32 })) },
    ),
    // the schema asks for limit, the text since 1.3 does not
    pids: object(`${page}#pids`, {}, { limit: i64 }),
    rdma: map(object(`${page}#rdma`, {}, { hcaHandles: u32, hcaObjects: u32 })),
    unified: from(`${page}#unified`, map(text)),
  },
)

const action = words(...seccompActions)

const seccomp = object(
  `${page}#seccomp`,
  { defaultAction: action },
  {
    defaultErrnoRet: u32,
    architectures: list(words(...seccompArchitectures)),
    flags: list(words(...seccompFlags)),
    listenerPath: text,
    listenerMetadata: text,
    syscalls: list(
      object(
        `${page}#seccomp`,
        { names: list(text, 1), action },
        {
          errnoRet: u32,
          args: list(
            object(
              `${page}#seccomp`,
              { index: integer(0, 5, 'the place of an argument, 0 to 5'), value: u64, op: words(...seccompOperators) },
              { valueTwo: u64 },
            ),
          ),
        },
      ),
    ),
  },
)

const intelRdt = object(
  `${page}#intelrdt`,
  {},
  {
    closID: text,
    schemata: list(matching(/^[^\n]*$/, 'one line')),
    l3CacheSchema: text,
    memBwSchema: matching(/^MB:[^\n]*$/, 'one line that begins with MB:'),
    enableMonitoring: boolean,
  },
)

const memoryPolicy = object(
  `${page}#memory-policy`,
  {
    mode: words(...Object.keys(memoryPolicies)),
  },
  {
    nodes: text,
    flags: list(words(...Object.keys(memoryPolicyFlags))),
  },
)

export const linux = object(
  `${page}#linux-container-configuration`,
  {},
  {
    namespaces: list(namespace),
    uidMappings: list(idMapping),
    gidMappings: list(idMapping),
    timeOffsets: map(clock),
    devices: list(device),
    netDevices: map(object(`${page}#network-devices`, {}, { name: text })),
    cgroupsPath: from(`${page}#cgroups-path`, text),
    resources,
    intelRdt,
    memoryPolicy,
    sysctl: from(`${page}#sysctl`, map(text)),
    seccomp,
    rootfsPropagation: from(`${page}#rootfs-mount-propagation`, words('shared', 'slave', 'private', 'unbindable')),
    maskedPaths: from(`${page}#masked-paths`, texts),
    readonlyPaths: from(`${page}#readonly-paths`, texts),
    mountLabel: from(`${page}#mount-label`, text),
    personality: object(`${page}#personality`, { domain: words('LINUX', 'LINUX32') }, { flags: texts }),
  },
)
