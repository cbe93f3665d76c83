/** What is checked of `linux.resources` and `process.rlimits`: config-linux.md "Control groups", config.md "POSIX process". */

import { type ResourceLimit, resourceLimits } from '#core/sys/constants'
import { type DeviceRule, type Resources, RLIM_INFINITY, type Rlimit } from './runtime.js'
import { boolean, type Check, integer, list, map, object, oneOf, refuse, text, where } from './schema.js'

const MOST = Number.MAX_SAFE_INTEGER
const u16 = integer(0, 0xffff)
const u32 = integer(0, 0xffffffff)
const count = integer(0, MOST)
/** -1: no limit. */
const limit = integer(-1, MOST)
const device = integer(-1, 2 ** 32 - 1)

const rlimitTypes = Object.keys(resourceLimits) as ResourceLimit[]
const rlim: Check<number> = (value, at) => (value === RLIM_INFINITY ? value : count(value, at))
const rlimit = where(
  object({ type: oneOf(...rlimitTypes), soft: rlim, hard: rlim }, {}),
  ({ soft, hard }) => soft <= hard,
  'soft is above hard',
)

/** config.md: "no two entries of the same type". */
export const rlimits: Check<readonly Rlimit[]> = (value, at) => {
  const entries = list(rlimit)(value, at)
  entries.forEach(({ type }, i) => {
    if (entries.findIndex(entry => entry.type === type) !== i) refuse(`${at}[${i}].type`, `'${type}' is there twice`)
  })
  return entries
}

const deviceRule: Check<DeviceRule> = object(
  { allow: boolean },
  {
    type: oneOf('a', 'c', 'b'),
    major: device,
    minor: device,
    access: where(text, access => /^[rwm]{0,3}$/.test(access), "is made of 'r', 'w' and 'm'"),
  },
)

const throttle = object({ major: count, minor: count, rate: count }, {})

/** A name of a file in the cgroup, and no way to another. */
const files = where(
  map(text),
  entries => Object.keys(entries).every(name => /^[a-z0-9_]+\.[\w.-]+$/i.test(name)),
  'has a name that is no file of a cgroup: controller.name',
)

export const linuxResources: Check<Resources> = object(
  {},
  {
    devices: list(deviceRule),
    memory: object(
      {},
      {
        limit,
        reservation: limit,
        swap: limit,
        kernel: limit,
        kernelTCP: limit,
        swappiness: integer(0, 100),
        disableOOMKiller: boolean,
      },
    ),
    cpu: object(
      {},
      {
        shares: count,
        quota: limit,
        burst: count,
        period: count,
        realtimeRuntime: limit,
        realtimePeriod: count,
        cpus: text,
        mems: text,
        idle: integer(0, 1),
      },
    ),
    pids: object({ limit }, {}),
    blockIO: object(
      {},
      {
        weight: u16,
        weightDevice: list(object({ major: count, minor: count }, { weight: u16 })),
        throttleReadBpsDevice: list(throttle),
        throttleWriteBpsDevice: list(throttle),
        throttleReadIOPSDevice: list(throttle),
        throttleWriteIOPSDevice: list(throttle),
      },
    ),
    network: object({}, { classID: u32, priorities: list(object({ name: text, priority: u32 }, {})) }),
    rdma: map(object({}, { hcaHandles: u32, hcaObjects: u32 })),
    hugepageLimits: list(
      object({ pageSize: where(text, size => /^\d+[KMG]B$/.test(size), 'is a size like 2MB'), limit: count }, {}),
    ),
    unified: files,
  },
)
