/**
 * What a process is beside its rights: how it is scheduled, for the processor and for disks, where its memory lies, which Linux it sees, and that it has no
 * keys of whoever started it. All of it before the rights are given away that it takes. Source: config.md "Linux process",
 * config-linux.md "Personality", "Memory policy", sched(7), ioprio_set(2), personality(2), set_mempolicy(2), session-keyring(7).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Linux } from '#core/spec/runtime'

const at = { phase: 'become', by: 'ch7.attributes' } as const

export const attributes: Pass = ({ process: { scheduler, ioPriority }, linux }) => [
  ...(scheduler === undefined
    ? []
    : [
        {
          ...at,
          op: 'scheduler',
          policy: scheduler.policy,
          flags: scheduler.flags ?? [],
          nice: scheduler.nice ?? 0,
          priority: scheduler.priority ?? 0,
          runtime: scheduler.runtime ?? 0,
          deadline: scheduler.deadline ?? 0,
          period: scheduler.period ?? 0,
          why: 'how the processor is shared with others; it may take CAP_SYS_NICE',
        } as const,
      ]),
  ...(ioPriority === undefined
    ? []
    : [{ ...at, op: 'io_priority', ...ioPriority, why: 'whose requests a disk serves first' } as const]),
  ...(linux?.personality === undefined
    ? []
    : [
        {
          ...at,
          op: 'personality',
          domain: linux.personality.domain,
          why: 'what uname says of the machine, to programs of another',
        } as const,
      ]),
  ...(linux?.memoryPolicy === undefined ? [] : policySteps(linux.memoryPolicy)),
]

const policySteps = ({ mode, nodes = '', flags = [] }: NonNullable<Linux['memoryPolicy']>): Step[] => [
  { ...at, op: 'set_mempolicy', mode, nodes: nodes.trim(), flags, why: 'on which memory nodes its pages are to lie' },
]

/** @param name of the container @param wanted false: --no-new-keyring */
export const sessionKeyring =
  (name: string, wanted: boolean): Pass =>
  (): Step[] =>
    wanted
      ? [
          {
            ...at,
            op: 'session_keyring',
            name: `_ses.${name}`,
            tolerate: ['ENOSYS', 'EPERM', 'EACCES'],
            why: "keys of whoever started it are not the container's; where there are none, there is nothing to take away",
          },
        ]
      : []
