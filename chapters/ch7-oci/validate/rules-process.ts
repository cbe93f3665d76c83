/** Rules about `process` that its shape cannot say. */

import { numbersOf } from '#core/spec/numbers'
import { capabilities, resourceLimits } from '#core/sys/constants'
import { isAbsolute, isAssignment, isLinux, isOfDrive, platformsOf } from './asked.js'
import {
  type Document,
  everyNumber,
  everyObject,
  everyText,
  type Found,
  noneTwice,
  objectsAt,
  type Rule,
  textsAt,
  wordsAt,
} from './rule.js'

const isWindows = (json: unknown): boolean => platformsOf(json)[0] === 'windows'

/** Capabilities of one set that another lacks: the kernel grants none of them. */
const within = (set: string, wider: string) =>
  function* ({ json }: Document): Iterable<Found> {
    const allowed = wordsAt(json, `process.capabilities.${wider}`)
    for (const { at, value } of textsAt(json, `process.capabilities.${set}[]`)) {
      if (!allowed.includes(value)) yield { at, found: value }
    }
  }

const nameOf = (entry: string): string => entry.slice(0, entry.indexOf('='))

export const processRules: readonly Rule<Document>[] = [
  {
    id: 'process-to-start',
    level: 'SHOULD',
    section: 'runtime.md#start',
    rule: 'SHOULD be there: without it the container can be created and never started',
    *check({ json }) {
      if (objectsAt(json, 'process').next().done === true) yield { at: 'process' }
    },
  },
  {
    id: 'process-cwd',
    level: 'MUST',
    section: 'config.md#process',
    rule: 'MUST be an absolute path',
    check: document => everyText('process.cwd', isWindows(document.json) ? isOfDrive : isAbsolute)(document),
  },
  {
    id: 'process-args',
    level: 'MUST',
    section: 'config.md#process',
    rule: 'MUST have at least one entry, the program',
    *check({ json }) {
      if (isWindows(json)) return
      for (const { at, value } of objectsAt(json, 'process')) {
        if (value.args === undefined || (Array.isArray(value.args) && value.args.length === 0))
          yield { at: `${at}.args` }
      }
    },
  },
  {
    id: 'process-command-line',
    level: 'MUST',
    section: 'config.md#process',
    rule: 'MUST have args or a commandLine on Windows',
    check: document =>
      isWindows(document.json)
        ? everyObject('process', ({ args, commandLine }) => args !== undefined || commandLine !== undefined)(document)
        : [],
  },
  {
    id: 'process-env',
    level: 'MUST',
    section: 'config.md#process',
    rule: 'MUST be NAME=VALUE, as in every environment',
    check: everyText('process.env[]', isAssignment),
  },
  {
    id: 'process-env-twice',
    level: 'SHOULD',
    section: 'config.md#process',
    rule: 'SHOULD NOT name a variable again: which of them counts is not defined',
    *check({ json }) {
      const seen = new Set<string>()
      for (const { at, value } of textsAt(json, 'process.env[]')) {
        const name = nameOf(value)
        if (isAssignment(value) && seen.has(name)) yield { at, detail: name }
        seen.add(name)
      }
    },
  },
  {
    id: 'process-user',
    level: 'SHOULD',
    section: 'config.md#posix-platform-user',
    rule: 'SHOULD say which user: without it the runtime decides, and mostly for root',
    check: document =>
      isLinux(document.json) ? everyObject('process', ({ user }) => user !== undefined)(document) : [],
  },
  {
    id: 'process-user-ids',
    level: 'MUST',
    section: 'config.md#posix-platform-user',
    rule: 'MUST have uid and gid',
    check: document =>
      isWindows(document.json)
        ? []
        : everyObject('process.user', ({ uid, gid }) => uid !== undefined && gid !== undefined)(document),
  },
  {
    id: 'process-user-no-id',
    level: 'MUST',
    section: 'config.md#posix-platform-user',
    rule: 'MUST be an id: 4294967295 is -1, which setresuid(2) takes for "leave it as it is"',
    *check(document) {
      for (const field of ['uid', 'gid', 'additionalGids[]']) {
        yield* everyNumber(`process.user.${field}`, id => id !== 2 ** 32 - 1)(document)
      }
    },
  },
  {
    id: 'process-umask',
    level: 'SHOULD',
    section: 'config.md#posix-platform-user',
    rule: 'SHOULD be permissions alone, at most 511 (0777): umask(2) takes no other bits',
    check: everyNumber('process.user.umask', umask => umask <= 0o777),
  },
  {
    id: 'rlimit-twice',
    level: 'MUST',
    section: 'config.md#posix-process',
    rule: 'MUST NOT limit the same resource again',
    check: noneTwice('process.rlimits[]', ({ type }) => (typeof type === 'string' ? type : undefined)),
  },
  {
    id: 'rlimit-known',
    level: 'MUST',
    section: 'config.md#posix-process',
    rule: 'MUST be a resource that getrlimit(2) knows',
    check: document =>
      isLinux(document.json) ? everyText('process.rlimits[].type', type => type in resourceLimits)(document) : [],
  },
  {
    id: 'rlimit-order',
    level: 'MUST',
    section: 'config.md#posix-process',
    rule: 'MUST NOT have soft above hard, which is its ceiling',
    check: everyObject(
      'process.rlimits[]',
      ({ soft, hard }) => typeof soft !== 'number' || typeof hard !== 'number' || soft <= hard,
    ),
  },
  {
    id: 'capability-known',
    level: 'SHOULD',
    section: 'config.md#linux-process',
    rule: 'SHOULD be a name of capabilities(7): a runtime warns of others, and leaves them out',
    check: everyText('process.capabilities.*[]', name => name in capabilities),
  },
  {
    id: 'capability-effective',
    level: 'SHOULD',
    section: 'config.md#linux-process',
    rule: 'SHOULD be permitted as well: the kernel makes no other one effective',
    check: within('effective', 'permitted'),
  },
  {
    id: 'capability-ambient',
    level: 'SHOULD',
    section: 'config.md#linux-process',
    rule: 'SHOULD be permitted and inheritable as well: the kernel makes no other one ambient',
    *check(document) {
      const found = [...within('ambient', 'permitted')(document), ...within('ambient', 'inheritable')(document)]
      yield* new Map(found.map(one => [one.at, one])).values()
    },
  },
  {
    id: 'io-priority',
    level: 'SHOULD',
    section: 'config.md#linux-process',
    rule: 'SHOULD be 0 (highest) to 7 (lowest)',
    check: everyNumber('process.ioPriority.priority', priority => priority >= 0 && priority <= 7),
  },
  {
    id: 'exec-affinity',
    level: 'MUST',
    section: 'config.md#linux-process',
    rule: 'MUST be a list of processors, like 0-3,7',
    check: everyText('process.execCPUAffinity.*', list => numbersOf(list) !== null),
  },
]
