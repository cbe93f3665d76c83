/** Rules about the namespaces of `linux` and what needs one: maps of ids, clocks, network devices. */

import { isAbsolute, isLinux, isolates, makes } from './asked.js'
import { select } from './place.js'
import {
  type Document,
  everyKey,
  everyNumber,
  everyObject,
  everyText,
  type Fields,
  type Found,
  listsAt,
  noneTwice,
  objectsAt,
  type Rule,
} from './rule.js'

/** What means nothing without a namespace of its own. */
const needs = (type: string, ...fields: readonly string[]) =>
  function* ({ json }: Document): Iterable<Found> {
    if (isolates(json, type)) return
    for (const field of fields) {
      for (const { at, value } of [...listsAt(json, field), ...objectsAt(json, field)]) {
        if (Object.keys(value).length > 0) yield { at }
      }
    }
  }

const isNumber = (value: unknown): value is number => typeof value === 'number'

/** Where ids are mapped: of the user namespace, and of each id-mapped mount. */
const mappings = ['linux.uidMappings', 'linux.gidMappings', 'mounts[].uidMappings', 'mounts[].gidMappings'] as const

/** Whether ids of one list stand in two of its ranges, inside or outside. */
function* overlapping({ json }: Document): Iterable<Found> {
  for (const list of mappings.flatMap(pattern => [...select(json, pattern)])) {
    const before: Fields[] = []
    for (const { at, value } of objectsAt(list.value, '[]')) {
      if (before.some(other => meet(other, value, 'containerID') || meet(other, value, 'hostID')))
        yield { at: `${list.at}${at}` }
      before.push(value)
    }
  }
}

function meet(one: Fields, other: Fields, field: 'containerID' | 'hostID'): boolean {
  const [a, b, lengthA, lengthB] = [one[field], other[field], one.size, other.size]
  if (!isNumber(a) || !isNumber(b) || !isNumber(lengthA) || !isNumber(lengthB)) return false
  return a < b + lengthB && b < a + lengthA
}

const fitsInto32 = ({ containerID, hostID, size }: Fields): boolean =>
  !isNumber(containerID) || !isNumber(hostID) || !isNumber(size) || Math.max(containerID, hostID) + size <= 2 ** 32 - 1

export const namespaceRules: readonly Rule<Document>[] = [
  {
    id: 'namespace-twice',
    level: 'MUST',
    section: 'config-linux.md#namespaces',
    rule: 'MUST NOT name the same type again',
    check: noneTwice('linux.namespaces[]', ({ type }) => (typeof type === 'string' ? type : undefined)),
  },
  {
    id: 'namespace-path',
    level: 'MUST',
    section: 'config-linux.md#namespaces',
    rule: 'MUST be an absolute path',
    check: everyText('linux.namespaces[].path', isAbsolute),
  },
  {
    id: 'mount-namespace',
    level: 'SHOULD',
    section: 'config-linux.md#namespaces',
    rule: 'SHOULD come with a mount namespace: without one they are mounts of the host',
    check: document =>
      isLinux(document.json) ? needs('mount', 'mounts', 'linux.maskedPaths', 'linux.readonlyPaths')(document) : [],
  },
  {
    id: 'mappings-namespace',
    level: 'MUST',
    section: 'config-linux.md#user-namespace-mappings',
    rule: 'MUST come with a user namespace: they are its maps',
    check: needs('user', 'linux.uidMappings', 'linux.gidMappings'),
  },
  {
    id: 'mappings-there',
    level: 'SHOULD',
    section: 'config-linux.md#user-namespace-mappings',
    rule: 'SHOULD be there for a new user namespace: without them it has no ids',
    *check({ json }) {
      for (const field of ['uidMappings', 'gidMappings']) {
        const isThere = objectsAt(json, `linux.${field}[]`).next().done !== true
        if (makes(json, 'user') && !isThere) yield { at: `linux.${field}` }
      }
    },
  },
  {
    id: 'mapping-size',
    level: 'MUST',
    section: 'config-linux.md#user-namespace-mappings',
    rule: 'MUST map at least one id',
    *check(document) {
      for (const list of mappings) yield* everyNumber(`${list}[].size`, size => size > 0)(document)
    },
  },
  {
    id: 'mapping-range',
    level: 'MUST',
    section: 'config-linux.md#user-namespace-mappings',
    rule: 'MUST end at 4294967294, the last id, or before',
    *check(document) {
      for (const list of mappings) yield* everyObject(`${list}[]`, fitsInto32)(document)
    },
  },
  {
    id: 'mapping-overlap',
    level: 'MUST',
    section: 'config-linux.md#user-namespace-mappings',
    rule: 'MUST NOT map an id that another entry maps',
    check: overlapping,
  },
  {
    id: 'time-namespace',
    level: 'MUST',
    section: 'config-linux.md#offset-for-time-namespace',
    rule: 'MUST come with a time namespace: it is its clocks that they move',
    check: needs('time', 'linux.timeOffsets'),
  },
  {
    id: 'time-clock',
    level: 'MUST',
    section: 'config-linux.md#offset-for-time-namespace',
    rule: 'MUST be monotonic or boottime: a namespace has no other clocks',
    check: everyKey('linux.timeOffsets', clock => clock === 'monotonic' || clock === 'boottime'),
  },
  {
    id: 'time-nanoseconds',
    level: 'MUST',
    section: 'config-linux.md#offset-for-time-namespace',
    rule: 'MUST be less than a second',
    check: everyNumber('linux.timeOffsets.*.nanosecs', nanoseconds => nanoseconds < 1_000_000_000),
  },
  {
    id: 'net-device-namespace',
    level: 'SHOULD',
    section: 'config-linux.md#network-devices',
    rule: 'SHOULD come with a network namespace: it is where they are moved to',
    check: needs('network', 'linux.netDevices'),
  },
  {
    id: 'net-device-name',
    level: 'MUST',
    section: 'config-linux.md#network-devices',
    rule: "MUST be a name that the kernel takes: not . or .., but 1 to 15 bytes without '/', ':' and blanks",
    check: everyText('linux.netDevices.*.name', name => /^(?!\.{1,2}$)[^\s/:]{1,15}$/.test(name)),
  },
  {
    id: 'net-device-twice',
    level: 'MUST',
    section: 'config-linux.md#network-devices',
    rule: 'MUST NOT have the name of another device in there',
    *check({ json }) {
      const names = new Set<string>()
      for (const { at, value } of objectsAt(json, 'linux.netDevices.*')) {
        const name = typeof value.name === 'string' ? value.name : at.replace(/^linux\.netDevices\.?/, '')
        if (names.has(name)) yield { at, detail: name }
        if (!name.includes('%d')) names.add(name)
      }
    },
  },
]
