/** config-linux.md "Namespaces", and what is set in them: which are new, which are joined, which are the runtime's. */

import * as fs from 'node:fs'
import type { Facts } from '#core/sys/facts'
import { broken, type Check, same } from './check.js'
import { usualMounts } from './config.js'
import { prints, refuses, shows } from './ways.js'

/** By the names of config.json, and those of /proc/pid/ns. */
const files = {
  pid: 'pid',
  network: 'net',
  ipc: 'ipc',
  uts: 'uts',
  mount: 'mnt',
  cgroup: 'cgroup',
  user: 'user',
} as const
type Type = keyof typeof files

const listed = (...types: readonly Type[]) => types.map(type => ({ type }))
const without = (...left: readonly Type[]) =>
  listed(...(['pid', 'network', 'ipc', 'uts', 'mount'] as const).filter(type => !left.includes(type)))

const spaceOf = (pid: number | 'self', type: Type): string => fs.readlinkSync(`/proc/${pid}/ns/${files[type]}`)

const userNeeds = ({ userNamespace }: Facts): string | null =>
  fs.existsSync('/proc/self/ns/user') && userNamespace.initial ? null : 'no user namespaces of our own'

const size = 65536
const mapped = {
  'linux.namespaces': [...without(), { type: 'user' }],
  'linux.uidMappings': [{ containerID: 0, hostID: 100000, size }],
  'linux.gidMappings': [{ containerID: 0, hostID: 200000, size }],
}

export const namespaceChecks: readonly Check[] = [
  {
    id: 'namespaces-new',
    section: 'config-linux.md#namespaces',
    must: 'a namespace that is listed without a path is a new one',
    ask: async room => {
      const types = ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'] as const
      const pid = await room.container('sleep 100', { 'linux.namespaces': listed(...types) }).created()
      for (const type of types) if (spaceOf(pid, type) === spaceOf('self', type)) broken(`${type} is the runtime's`)
    },
  },
  {
    id: 'namespaces-inherited',
    section: 'config-linux.md#namespaces',
    must: "a namespace that is not listed is the runtime's",
    ask: async room => {
      const left = ['network', 'ipc', 'uts', 'cgroup', 'user'] as const
      const container = room.container('sleep 100', {
        'linux.namespaces': without('network', 'ipc', 'uts'),
        // who shares the host's network may not mount sysfs with another owner's view
        mounts: usualMounts.filter(({ destination }) => destination !== '/sys'),
      })
      const pid = await container.created()
      for (const type of left) same(type, spaceOf(pid, type), spaceOf('self', type))
    },
  },
  {
    id: 'namespaces-joined',
    section: 'config-linux.md#namespaces',
    must: 'a namespace with a path is that one',
    ask: async room => {
      const holder = await room.container('sleep 100', { hostname: 'the-holder' }).created()
      const types = ['network', 'ipc', 'uts', 'pid'] as const
      const guest = room.container('hostname; sleep 100', {
        'linux.namespaces': [
          { type: 'mount' },
          ...types.map(type => ({ type, path: `/proc/${holder}/ns/${files[type]}` })),
        ],
      })
      const pid = await guest.created()
      for (const type of types) same(type, spaceOf(pid, type), spaceOf(holder, type))
      if (spaceOf(pid, 'mount') === spaceOf(holder, 'mount')) broken('mount is shared, too')
      await guest.started()
      await guest.says('the-holder')
    },
  },
  {
    id: 'namespaces-wrong-kind',
    section: 'config-linux.md#namespaces',
    must: 'a path that leads to a namespace of another type is an error',
    ask: refuses({
      'network at a uts namespace': {
        'linux.namespaces': [...without('network'), { type: 'network', path: '/proc/1/ns/uts' }],
      },
      'network at no namespace': {
        'linux.namespaces': [...without('network'), { type: 'network', path: '/proc/self/status' }],
      },
    }),
  },
  {
    id: 'namespaces-relative',
    section: 'config-linux.md#namespaces',
    must: 'a path that is not absolute is an error',
    ask: refuses({
      'a relative path': {
        'linux.namespaces': [...without('network'), { type: 'network', path: '../../proc/1/ns/net' }],
      },
    }),
  },
  {
    id: 'namespaces-twice',
    section: 'config-linux.md#namespaces',
    must: 'a type that is listed twice is an error',
    ask: refuses({ twice: { 'linux.namespaces': [...without(), { type: 'uts' }] } }),
  },
  {
    id: 'user-namespace',
    section: 'config-linux.md#user-namespace-mappings',
    must: 'the ids of a user namespace are those of the mappings',
    needs: userNeeds,
    ask: prints(
      ['0 100000 65536', '0 200000 65536', '0 0'].join('\n'),
      'for map in uid gid; do echo $(cat /proc/self/$map"_map"); done; echo $(id -u) $(id -g)',
      mapped,
    ),
  },
  {
    id: 'time-namespace',
    section: 'config-linux.md#offset-for-time-namespace',
    since: '1.1.0',
    must: 'the clocks of a time namespace differ by the offsets',
    needs: ({ timeNamespaces }) => (timeNamespaces ? null : 'no time namespaces'),
    ask: shows(
      'cut -d. -f1 /proc/uptime',
      {
        'linux.namespaces': [...without(), { type: 'time' }],
        'linux.timeOffsets': { boottime: { secs: 1_000_000, nanosecs: 0 } },
      },
      ([seconds]) => {
        const host = Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0])
        const ahead = Number(seconds) - host
        return Math.abs(ahead - 1_000_000) < 60 ? null : `it is ${Math.round(ahead)} s ahead`
      },
    ),
  },
  {
    id: 'sysctl',
    section: 'config-linux.md#sysctl',
    must: 'settings of the kernel are set in the namespaces of the container alone',
    ask: async room => {
      const [file, value] = ['/proc/sys/net/ipv4/ip_default_ttl', '77']
      const before = fs.readFileSync(file, 'utf8')
      const container = room.container(`cat ${file} /proc/sys/kernel/msgmax`, {
        'linux.sysctl': { 'net.ipv4.ip_default_ttl': value, 'kernel.msgmax': '9000' },
      })
      same('inside', await container.ran(), `${value}\n9000\n`)
      same('outside', fs.readFileSync(file, 'utf8'), before)
    },
  },
  {
    id: 'root-propagation',
    section: 'config-linux.md#rootfs-mount-propagation',
    must: 'the propagation of the root is rootfsPropagation',
    ask: async room => {
      for (const [word, right] of [
        ['shared', /shared:/],
        ['private', /^[^:]*$/],
        ['unbindable', /unbindable/],
      ] as const) {
        const container = room.container('cat /proc/self/mountinfo', { 'linux.rootfsPropagation': word })
        const line = (await container.ran()).split('\n').find(one => one.split(' ')[4] === '/')
        const fields = (line ?? '').split(' - ')[0]!.split(' ').slice(6).join(' ')
        if (!right.test(fields)) broken(`${word}: '${fields}'`)
      }
    },
  },
  {
    id: 'personality',
    section: 'config-linux.md#personality',
    must: 'the execution domain is that of personality',
    needs: ({ arch }) => (arch === 'x64' ? null : 'asked of x86-64 alone'),
    ask: prints('i686', 'uname -m', { 'linux.personality': { domain: 'LINUX32' } }),
  },
  {
    id: 'net-devices-none',
    section: 'config-linux.md#network-devices',
    since: '1.3.0',
    must: 'a network device that the host has not is an error',
    ask: refuses({ none: { 'linux.netDevices': { 'no-such-device': {} } } }),
  },
]
