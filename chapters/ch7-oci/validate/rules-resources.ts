/** Rules about control groups and seccomp that their shapes cannot say. */

import { isListOfNumbers } from './asked.js'
import {
  type Document,
  everyKey,
  everyNumber,
  everyObject,
  everyText,
  type Fields,
  type Found,
  objectsAt,
  type Rule,
  textAt,
  textsAt,
} from './rule.js'

const isNumber = (value: unknown): value is number => typeof value === 'number'
const takesErrno = (action: unknown): boolean => action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE'
const kills = (action: unknown): boolean => /^SCMP_ACT_KILL(_PROCESS|_THREAD)?$/.test(String(action))

/** -1 is "no limit". */
const limits = ['limit', 'reservation', 'swap', 'kernel', 'kernelTCP']

const usesNotify = (json: unknown): boolean =>
  [...textsAt(json, 'linux.seccomp.syscalls[].action')].some(({ value }) => value === 'SCMP_ACT_NOTIFY')
const isEmpty = (word: string): boolean => word === ''
const isLimit = (limit: number): boolean => limit >= -1
const lacksListener = (json: unknown): boolean => (textAt(json, 'linux.seccomp.listenerPath') ?? '') === ''
const hasRules = ({ syscalls }: Fields): boolean => Array.isArray(syscalls) && syscalls.length > 0

export const resourceRules: readonly Rule<Document>[] = [
  {
    id: 'cgroups-path',
    level: 'SHOULD',
    section: 'config-linux.md#cgroups-path',
    rule: "SHOULD name a cgroup below the top, without '..': a runtime may refuse others",
    check: everyText(
      'linux.cgroupsPath',
      path => path === '' || (/[^/]/.test(path) && !path.split('/').includes('..')),
    ),
  },
  {
    id: 'memory-limit',
    level: 'MUST',
    section: 'config-linux.md#memory',
    rule: 'MUST be a limit, or -1 for none',
    *check(document) {
      for (const field of limits) yield* everyNumber(`linux.resources.memory.${field}`, isLimit)(document)
    },
  },
  {
    id: 'pids-limit',
    level: 'MUST',
    section: 'config-linux.md#pids',
    rule: 'MUST be a limit, or -1 for none',
    check: everyNumber('linux.resources.pids.limit', isLimit),
  },
  {
    id: 'pids-limit-there',
    level: 'SHOULD',
    section: 'config-linux.md#pids',
    rule: 'SHOULD have a limit: before 1.3.0 it had to be there',
    check: everyObject('linux.resources.pids', ({ limit }) => limit !== undefined),
  },
  {
    id: 'memory-swap',
    level: 'MUST',
    section: 'config-linux.md#memory',
    rule: 'MUST NOT be below limit: swap counts memory and swap together',
    *check({ json }) {
      for (const { at, value } of objectsAt(json, 'linux.resources.memory')) {
        const { limit, swap } = value
        if (isNumber(limit) && isNumber(swap) && swap > 0 && swap < limit) yield { at: `${at}.swap`, found: swap }
      }
    },
  },
  {
    id: 'memory-kernel',
    level: 'SHOULD',
    section: 'config-linux.md#memory',
    rule: 'SHOULD NOT limit the memory of the kernel: that is not recommended',
    *check({ json }) {
      for (const { at, value } of objectsAt(json, 'linux.resources.memory')) {
        for (const field of ['kernel', 'kernelTCP']) if (value[field] !== undefined) yield { at: `${at}.${field}` }
      }
    },
  },
  {
    id: 'cpu-burst',
    level: 'MUST',
    section: 'config-linux.md#cpu',
    rule: 'MUST NOT be larger than a positive quota',
    *check({ json }) {
      for (const { at, value } of objectsAt(json, 'linux.resources.cpu')) {
        const { quota, burst } = value
        if (isNumber(quota) && isNumber(burst) && quota > 0 && burst > quota) yield { at: `${at}.burst`, found: burst }
      }
    },
  },
  {
    id: 'cpu-list',
    level: 'MUST',
    section: 'config-linux.md#cpu',
    rule: 'MUST be a list of numbers, like 0-3,7',
    *check(document) {
      for (const field of ['cpus', 'mems']) yield* everyText(`linux.resources.cpu.${field}`, isListOfNumbers)(document)
    },
  },
  {
    id: 'block-io-weight',
    level: 'MUST',
    section: 'config-linux.md#block-io',
    rule: 'MUST have weight or leafWeight',
    check: everyObject(
      'linux.resources.blockIO.weightDevice[]',
      ({ weight, leafWeight }) => weight !== undefined || leafWeight !== undefined,
    ),
  },
  {
    id: 'rdma-limit',
    level: 'MUST',
    section: 'config-linux.md#rdma',
    rule: 'MUST have hcaHandles or hcaObjects',
    check: everyObject(
      'linux.resources.rdma.*',
      ({ hcaHandles, hcaObjects }) => hcaHandles !== undefined || hcaObjects !== undefined,
    ),
  },
  {
    id: 'unified-file',
    level: 'MUST',
    section: 'config-linux.md#unified',
    rule: 'MUST be the name of a file in a cgroup: controller.name',
    check: everyKey('linux.resources.unified', name => /^[a-z0-9_]+\.[\w.-]+$/i.test(name)),
  },
  {
    id: 'seccomp-errno-default',
    level: 'MUST',
    section: 'config-linux.md#seccomp',
    rule: 'MUST NOT be there for an action that returns no errno: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take one',
    check: function* ({ json }): Iterable<Found> {
      for (const { at, value } of objectsAt(json, 'linux.seccomp')) {
        if (value.defaultErrnoRet !== undefined && !takesErrno(value.defaultAction))
          yield { at: `${at}.defaultErrnoRet` }
      }
    },
  },
  {
    id: 'seccomp-errno',
    level: 'MUST',
    section: 'config-linux.md#seccomp',
    rule: 'MUST NOT be there for an action that returns no errno: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take one',
    check: function* ({ json }): Iterable<Found> {
      for (const { at, value } of objectsAt(json, 'linux.seccomp.syscalls[]')) {
        if (value.errnoRet !== undefined && !takesErrno(value.action)) yield { at: `${at}.errnoRet` }
      }
    },
  },
  {
    id: 'seccomp-name',
    level: 'MUST',
    section: 'config-linux.md#seccomp',
    rule: 'MUST be the name of a system call',
    check: everyText('linux.seccomp.syscalls[].names[]', name => name !== ''),
  },
  {
    id: 'seccomp-metadata',
    level: 'MUST',
    section: 'config-linux.md#seccomp',
    rule: 'MUST NOT be set without listenerPath: there is nobody to tell it to',
    check: document =>
      lacksListener(document.json) ? everyText('linux.seccomp.listenerMetadata', isEmpty)(document) : [],
  },
  {
    id: 'seccomp-listener',
    level: 'SHOULD',
    section: 'config-linux.md#seccomp',
    rule: 'SHOULD be there for SCMP_ACT_NOTIFY: else nobody answers, and the call waits for ever',
    *check({ json }) {
      if (usesNotify(json) && lacksListener(json)) yield { at: 'linux.seccomp.listenerPath' }
    },
  },
  {
    id: 'seccomp-kills-all',
    level: 'SHOULD',
    section: 'config-linux.md#seccomp',
    rule: 'SHOULD have rules when all else is killed: without one the first system call is the last',
    check: everyObject('linux.seccomp', seccomp => !kills(seccomp.defaultAction) || hasRules(seccomp)),
  },
]
