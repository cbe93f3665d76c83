/**
 * Rules about `linux` that its shape cannot say; those of namespaces, resources and seccomp have tables of their own.
 */

import { numbersOf } from '#core/spec/numbers'
import { isAbsolute, isBind, isLinux, isolates } from './asked.js'
import {
  type Document,
  everyNumber,
  everyObject,
  everyText,
  type Fields,
  listsAt,
  noneTwice,
  objectsAt,
  type Rule,
  textAt,
  textsAt,
} from './rule.js'

const defaultFileSystems: Readonly<Record<string, string>> = {
  '/proc': 'proc',
  '/sys': 'sysfs',
  '/dev/pts': 'devpts',
  '/dev/shm': 'tmpfs',
}

const nodesOf = ({ nodes }: Fields): string => (typeof nodes === 'string' ? nodes : '')
const withoutNodes = ['MPOL_DEFAULT', 'MPOL_LOCAL']
const withNodes = ['MPOL_BIND', 'MPOL_INTERLEAVE', 'MPOL_WEIGHTED_INTERLEAVE', 'MPOL_PREFERRED_MANY']

/** namespaces(7): which namespace a kernel parameter belongs to. Of others there is one for the whole machine. */
function ownerOf(parameter: string): string | null {
  const name = parameter.replaceAll('/', '.')
  if (name.startsWith('net.')) return 'network'
  if (/^(kernel\.(msg|sem|shm)|fs\.mqueue\.)/.test(name)) return 'ipc'
  return name === 'kernel.domainname' || name === 'kernel.hostname' ? 'uts' : null
}

const minorOf = (json: unknown): number => Number(/^1\.(\d+)\./.exec(textAt(json, 'ociVersion') ?? '')?.[1] ?? 0)

export const linuxRules: readonly Rule<Document>[] = [
  {
    id: 'default-filesystems',
    level: 'SHOULD',
    section: 'config-linux.md#default-filesystems',
    rule: 'SHOULD bring the file systems that every program of Linux expects',
    *check({ json }) {
      if (!isLinux(json)) return
      const mounts = [...objectsAt(json, 'mounts[]')].map(({ value }) => value)
      for (const [path, type] of Object.entries(defaultFileSystems)) {
        const isThere = mounts.some(mount => mount.destination === path && (mount.type === type || isBind(mount)))
        if (!isThere) yield { at: 'mounts', detail: `no ${type} on ${path}` }
      }
    },
  },
  {
    id: 'device-path',
    level: 'MUST',
    section: 'config-linux.md#devices',
    rule: 'MUST be a full path',
    check: everyText('linux.devices[].path', isAbsolute),
  },
  {
    id: 'device-numbers',
    level: 'MUST',
    section: 'config-linux.md#devices',
    rule: 'MUST have major and minor: only a FIFO, type p, has none',
    check: everyObject(
      'linux.devices[]',
      ({ type, major, minor }) => type === 'p' || (major !== undefined && minor !== undefined),
    ),
  },
  {
    id: 'device-twice',
    level: 'SHOULD',
    section: 'config-linux.md#devices',
    rule: 'SHOULD NOT be the same device again: type, major and minor',
    check: noneTwice('linux.devices[]', ({ type, major, minor }) =>
      type === 'p' || major === undefined ? undefined : `${type} ${major}:${minor}`,
    ),
  },
  {
    id: 'device-owner',
    level: 'MUST',
    section: 'config-linux.md#devices',
    rule: 'MUST be an id: 4294967295 is -1, which chown(2) takes for "leave it as it is"',
    *check(document) {
      for (const field of ['uid', 'gid']) {
        yield* everyNumber(`linux.devices[].${field}`, id => id !== 2 ** 32 - 1)(document)
      }
    },
  },
  {
    id: 'device-mode',
    level: 'SHOULD',
    section: 'config-linux.md#devices',
    rule: 'SHOULD be permissions alone, at most 511 (0777): JSON has no octal numbers',
    check: everyNumber('linux.devices[].fileMode', mode => mode <= 0o777),
  },
  {
    id: 'intel-rdt-l3',
    level: 'SHOULD',
    section: 'config-linux.md#intelrdt',
    rule: 'SHOULD be one line that begins with L3:',
    check: everyText('linux.intelRdt.l3CacheSchema', line => /^L3:[^\n]*$/.test(line)),
  },
  {
    id: 'intel-rdt-removed',
    level: 'SHOULD',
    section: 'config-linux.md#intelrdt',
    rule: 'SHOULD be enableMonitoring: enableCMT and enableMBM went with 1.3.0',
    check: everyObject(
      'linux.intelRdt',
      ({ enableCMT, enableMBM }, json) => minorOf(json) < 3 || (enableCMT === undefined && enableMBM === undefined),
    ),
  },
  {
    id: 'memory-policy-nodes',
    level: 'MUST',
    section: 'config-linux.md#memory-policy',
    rule: 'MUST have nodes where the mode is about some, and none where it is not',
    check: everyObject('linux.memoryPolicy', policy => {
      const isEmpty = nodesOf(policy) === ''
      return isEmpty ? !withNodes.includes(String(policy.mode)) : !withoutNodes.includes(String(policy.mode))
    }),
  },
  {
    id: 'memory-policy-list',
    level: 'MUST',
    section: 'config-linux.md#memory-policy',
    rule: 'MUST be a list of memory nodes, like 0-3,7',
    check: everyText('linux.memoryPolicy.nodes', list => numbersOf(list) !== null),
  },
  {
    id: 'sysctl-own',
    level: 'SHOULD',
    section: 'config-linux.md#sysctl',
    rule: "SHOULD be a parameter of a namespace that the container has of its own: another is the host's",
    *check({ json }) {
      for (const { at } of textsAt(json, 'linux.sysctl.*')) {
        const owner = ownerOf(at.replace(/^linux\.sysctl(\.|\[")/, '').replace(/"\]$/, ''))
        if (owner === null || !isolates(json, owner)) yield { at }
      }
    },
  },
  {
    id: 'masked-path',
    level: 'MUST',
    section: 'config-linux.md#masked-paths',
    rule: 'MUST be an absolute path',
    check: everyText('linux.maskedPaths[]', isAbsolute),
  },
  {
    id: 'readonly-path',
    level: 'MUST',
    section: 'config-linux.md#readonly-paths',
    rule: 'MUST be an absolute path',
    check: everyText('linux.readonlyPaths[]', isAbsolute),
  },
  {
    id: 'personality-flags',
    level: 'MUST',
    section: 'config-linux.md#personality',
    rule: 'MUST be empty: no flag is supported',
    *check({ json }) {
      for (const { at, value } of listsAt(json, 'linux.personality.flags')) if (value.length > 0) yield { at }
    },
  },
]
