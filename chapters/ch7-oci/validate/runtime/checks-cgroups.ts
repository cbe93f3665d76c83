/** config-linux.md "Control groups": in which cgroup the container is, and which limits it has, seen from outside. */

import * as fs from 'node:fs'
import { processesIn } from '#core/exec/cgroup'
import { cgroupsOf, limitOf, needsController } from './cgroups-of.js'
import { broken, type Check, same, skip } from './check.js'
import type { Changes } from './config.js'
import { refuses } from './ways.js'

const MiB = 1024 * 1024

/** A limit that is asked for, and what a file of the cgroup says of it. */
interface Limit {
  readonly id: string
  readonly section: string
  readonly controllers: readonly string[]
  readonly resources: object
  readonly file: { readonly v1: string; readonly v2: string }
  readonly shown: { readonly v1: string; readonly v2: string }
}

const limits: readonly Limit[] = [
  {
    id: 'memory',
    section: 'memory',
    controllers: ['memory'],
    resources: { memory: { limit: 64 * MiB } },
    file: { v1: 'memory.limit_in_bytes', v2: 'memory.max' },
    shown: { v1: String(64 * MiB), v2: String(64 * MiB) },
  },
  {
    id: 'memory-reservation',
    section: 'memory',
    controllers: ['memory'],
    resources: { memory: { reservation: 32 * MiB } },
    file: { v1: 'memory.soft_limit_in_bytes', v2: 'memory.low' },
    shown: { v1: String(32 * MiB), v2: String(32 * MiB) },
  },
  {
    id: 'cpu-quota',
    section: 'cpu',
    controllers: ['cpu'],
    resources: { cpu: { quota: 40000, period: 80000 } },
    file: { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' },
    shown: { v1: '40000', v2: '40000 80000' },
  },
  {
    id: 'cpu-period',
    section: 'cpu',
    controllers: ['cpu'],
    resources: { cpu: { quota: 40000, period: 80000 } },
    file: { v1: 'cpu.cfs_period_us', v2: 'cpu.max' },
    shown: { v1: '80000', v2: '40000 80000' },
  },
  {
    id: 'cpuset',
    section: 'cpu',
    controllers: ['cpuset'],
    resources: { cpu: { cpus: '0' } },
    file: { v1: 'cpuset.cpus', v2: 'cpuset.cpus' },
    shown: { v1: '0', v2: '0' },
  },
  {
    id: 'pids',
    section: 'pids',
    controllers: ['pids'],
    resources: { pids: { limit: 33 } },
    file: { v1: 'pids.max', v2: 'pids.max' },
    shown: { v1: '33', v2: '33' },
  },
]

/** kmsg(4): a device that no runtime lets every container have. */
const kmsg = { type: 'c', major: 1, minor: 11 } as const

const rules = (...allowed: readonly boolean[]): Changes => ({
  'linux.devices': [{ ...kmsg, path: '/dev/of-ours', fileMode: 0o666 }],
  'linux.resources': {
    devices: [{ allow: false, access: 'rwm' }, ...allowed.map(allow => ({ ...kmsg, allow, access: 'rwm' }))],
  },
})

export const cgroupChecks: readonly Check[] = [
  {
    id: 'cgroups-path',
    section: 'config-linux.md#cgroups-path',
    must: 'an absolute cgroupsPath is one below the mount point of the hierarchy',
    ask: async room => {
      const container = room.container('sleep 100')
      const pid = await container.created()
      const { hierarchies } = room.facts
      const points = hierarchies.filter(({ controllers }) =>
        ['memory', 'pids', 'cpu', 'devices'].some(name => controllers.includes(name)),
      )
      if (points.length === 0) skip('no cgroup controllers')
      for (const { point } of points) {
        const place = `${point}${container.cgroupsPath}`
        // some runtimes put the processes in a leaf of it
        const own = cgroupsOf(pid, room.facts).filter(path => path.startsWith(`${point}/`))
        if (own.some(path => path !== place && !path.startsWith(`${place}/`)) || own.length === 0) {
          broken(`it is in ${own[0]}, not in ${place}`)
        }
      }
    },
  },
  {
    id: 'cgroups-path-relative',
    section: 'config-linux.md#cgroups-path',
    must: 'the same relative cgroupsPath leads to the same place each time',
    ask: async room => {
      const places: string[][] = []
      const name = room.newId()
      for (let times = 0; times < 2; times++) {
        const container = room.container('sleep 100', { 'linux.cgroupsPath': name })
        places.push(cgroupsOf(await container.created(), room.facts))
        await container.remove()
      }
      same('the second time', places[1], places[0])
      if (!places[0]!.some(path => path.includes(name))) broken(`it is in ${places[0]![0]}`)
    },
  },
  {
    id: 'cgroups-all',
    section: 'config-linux.md#control-groups',
    must: 'all that the program starts is in the cgroups of the container',
    ask: async room => {
      const container = room.container('sleep 100 & sleep 100 & echo ready; wait')
      const pid = await container.created()
      await container.started()
      await container.says('ready')
      for (const directory of cgroupsOf(pid, room.facts)) {
        if (directory.includes(container.cgroupsPath)) same(directory, processesIn(directory).length, 3)
      }
    },
  },
  ...limits.map(
    ({ id, section, controllers, resources, file, shown }): Check => ({
      id: `resources-${id}`,
      section: `config-linux.md#${section}`,
      must: `the limit of resources is that of the cgroup: ${id}`,
      needs: needsController(...controllers),
      ask: async room => {
        const pid = await room.container('sleep 100', { 'linux.resources': resources }).created()
        const isV2 = room.facts.cgroup === 'v2'
        same(isV2 ? file.v2 : file.v1, limitOf(pid, room.facts, file), isV2 ? shown.v2 : shown.v1)
      },
    }),
  ),
  {
    id: 'resources-devices-order',
    section: 'config-linux.md#allowed-device-list',
    must: 'rules of devices apply in the order of their list: the last one counts',
    ask: async room => {
      const script = 'if (: > /dev/of-ours) 2>/dev/null; then echo opens; else echo refused; fi'
      for (const [allowed, right] of [
        [[true], 'opens'],
        [[true, false], 'refused'],
        [[false, true], 'opens'],
        [[], 'refused'],
      ] as const) {
        same(`rules ${JSON.stringify(allowed)}`, (await room.container(script, rules(...allowed)).ran()).trim(), right)
      }
    },
  },
  {
    id: 'unified-no-controller',
    section: 'config-linux.md#unified',
    must: 'a setting of a controller that is not there is an error',
    ask: refuses({ 'nonsuch.max': { 'linux.resources': { unified: { 'nonsuch.max': '1' } } } }),
  },
  {
    id: 'unified-written',
    section: 'config-linux.md#unified',
    must: 'the controllers that are needed are on, and files that the runtime does not know are written, too',
    needs: ({ cgroup }) => (cgroup === 'v2' ? null : 'no pure cgroup v2'),
    ask: async room => {
      const unified = { 'pids.max': '34', 'cgroup.max.descendants': '5' }
      const pid = await room.container('sleep 100', { 'linux.resources': { unified } }).created()
      for (const [name, value] of Object.entries(unified)) {
        same(name, limitOf(pid, room.facts, { v1: name, v2: name }), value)
      }
    },
  },
  {
    id: 'intel-rdt-none',
    section: 'config-linux.md#intelrdt',
    must: 'intelRdt is an error where no resctrl is mounted',
    needs: () => (isMounted('resctrl') ? 'resctrl is mounted' : null),
    ask: refuses({ 'a schema of the cache': { 'linux.intelRdt': { closID: 'validate', l3CacheSchema: 'L3:0=f' } } }),
  },
]

const isMounted = (type: string): boolean => fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(` - ${type} `)
