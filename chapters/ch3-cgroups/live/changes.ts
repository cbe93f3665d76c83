/**
 * `update`: from what is wanted of a running container to what has to be written, in an order that the kernel takes. Pure:
 * what holds now comes in as data.
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep, Step } from '#core/plan/step'
import type { Resources, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { cpuWeight } from '../limits/cpu-weight.js'
import { refuseUnkept } from '../limits/needed.js'
import { limitsV1 } from '../limits/v1.js'
import { limitsV2 } from '../limits/v2.js'
import type { Change } from './all-or-none.js'

export type Write = Step<'write_cgroup'>

const passes: readonly Pass[] = [refuseUnkept, cpuWeight, limitsV1, limitsV2]

/** What the start would write, of the changed resources alone. @throws MiniDockerError for what this host cannot limit */
export function writesFor(spec: Spec, changed: Resources, facts: Facts): Write[] {
  const changes: Spec = {
    ...spec,
    linux: { ...spec.linux, resources: withPartners(changed, spec.linux?.resources ?? {}) },
  }
  return passes.flatMap(pass => pass(changes, facts)).filter((step): step is Write => step.op === 'write_cgroup')
}

/** Two that v2 has in one file, or counts by each other: who changes one says the other, too. */
function withPartners({ cpu, memory, ...rest }: Resources, recorded: Resources): Resources {
  const time = cpu?.quota !== undefined || cpu?.period !== undefined ? pick(recorded.cpu, ['quota', 'period']) : {}
  const bytes =
    memory?.limit !== undefined || memory?.swap !== undefined ? pick(recorded.memory, ['limit', 'swap']) : {}
  return {
    ...rest,
    ...(cpu === undefined ? {} : { cpu: { ...time, ...cpu } }),
    ...(memory === undefined ? {} : { memory: { ...bytes, ...memory } }),
  }
}

const pick = <T extends object>(all: T | undefined, names: readonly (keyof T)[]): Partial<T> =>
  Object.fromEntries(Object.entries(all ?? {}).filter(([name]) => names.includes(name as keyof T))) as Partial<T>

/** What the record says afterwards. */
export function withChanges(spec: Spec, { cpu, memory, blockIO, ...rest }: Resources): Spec {
  const recorded = spec.linux?.resources ?? {}
  const resources: Resources = {
    ...recorded,
    ...rest,
    ...(cpu === undefined ? {} : { cpu: { ...recorded.cpu, ...cpu } }),
    ...(memory === undefined ? {} : { memory: { ...recorded.memory, ...memory } }),
    ...(blockIO === undefined ? {} : { blockIO: { ...recorded.blockIO, ...blockIO } }),
  }
  return { ...spec, linux: { ...spec.linux, resources } }
}

/** What a file holds now, by its path; null when it cannot be read. */
export type Current = (path: string) => string | null

/**
 * v1 keeps one of two limits below the other, at every moment between two writes. So the one goes first that the other, as it
 * is now, leaves room for. Source: memory.txt 3 "memsw"; sched-bwc.rst.
 */
export function inOrder(writes: readonly Write[], current: Current): Write[] {
  const swapped = swapFirst(
    writes,
    'memory.limit_in_bytes',
    'memory.memsw.limit_in_bytes',
    (limit, both) =>
      // raised beyond what both may be together: that has to make room first
      limit > numberOr(current(both.path), Number.POSITIVE_INFINITY),
  )
  return swapFirst(swapped, 'cpu.cfs_period_us', 'cpu.cfs_quota_us', (period, quota) => {
    const before = numberOr(current(sibling(quota.path, 'cpu.cfs_period_us')), 0)
    // the old quota in a shorter period would be more for a moment than before and after, and than a parent may allow
    return period < before && numberOr(quota.data, 0) < numberOr(current(quota.path), 0)
  })
}

function swapFirst(
  writes: readonly Write[],
  first: string,
  second: string,
  isSecondFirst: (data: number, second: Write) => boolean,
): Write[] {
  const one = writes.findIndex(({ path }) => path.endsWith(`/${first}`))
  const other = writes.findIndex(({ path }) => path.endsWith(`/${second}`))
  if (one < 0 || other < 0 || !isSecondFirst(numberOr(writes[one]!.data, 0), writes[other]!)) return [...writes]
  const all = [...writes]
  all[one] = writes[other]!
  all[other] = writes[one]!
  return all
}

const sibling = (path: string, file: string): string => `${path.slice(0, path.lastIndexOf('/'))}/${file}`

/** -1 of a limit is none. */
function numberOr(text: string | null, otherwise: number): number {
  const number = /^-?\d+$/.test(text?.trim() ?? '') ? Number(text) : otherwise
  return number < 0 ? Number.POSITIVE_INFINITY : number
}

/** The write that makes a file say again what it says now; null when it cannot be read. */
export function putBack(write: Write, current: Current): HostStep | null {
  const line = current(write.path)?.trim().split('\n')[0]
  if (line === undefined) return null
  // io.weight and BFQ's say `default 100`, and take it without the word
  return { ...write, data: line.replace(/^default /, ''), why: 'as it was before: the change as a whole failed' }
}

/** What is to be written, each with what takes it back. */
export const changesFor = (spec: Spec, changed: Resources, facts: Facts, current: Current): Change[] =>
  inOrder(writesFor(spec, changed, facts), current).map(step => ({ step, back: putBack(step, current) }))
