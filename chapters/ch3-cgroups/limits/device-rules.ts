/**
 * Which devices a container may make and open. The rules of the spec are applied one after the other, as v1 does it in the
 * kernel: to what holds for all devices, and to the exceptions from that. Pure. Source: config-linux.md "Allowed Device list";
 * Documentation/admin-guide/cgroup-v1/devices.rst.
 */

import type { DeviceRule } from '#core/spec/runtime'

/** Bits of include/uapi/linux/bpf.h, BPF_DEVCG_ACC_*. */
export const accessBits = { m: 1, r: 2, w: 4 } as const
const ALL = 7

export interface Exception {
  readonly type: 'b' | 'c'
  /** null: any. */
  readonly major: number | null
  readonly minor: number | null
  /** Of accessBits. */
  readonly access: number
}

export interface DevicePolicy {
  /** What holds for a device that no exception names. */
  readonly allowed: boolean
  readonly exceptions: readonly Exception[]
}

export function policyOf(rules: readonly DeviceRule[]): DevicePolicy {
  let allowed = true
  let exceptions: Exception[] = []
  for (const rule of rules) {
    if (isForAll(rule)) {
      allowed = rule.allow
      exceptions = []
      continue
    }
    for (const exception of exceptionsOf(rule)) {
      exceptions = rule.allow === allowed ? less(exceptions, exception) : more(exceptions, exception)
    }
  }
  return { allowed, exceptions }
}

/** config-linux.md: a missing type is `a`, and so is all else: v1 takes "a" for everything, whatever stands behind it. */
export const isForAll = ({ type = 'a', major, minor, access }: DeviceRule): boolean =>
  type === 'a' && isAny(major) && isAny(minor) && bitsOf(access) === ALL

const isAny = (number: number | undefined): boolean => number === undefined || number < 0

function exceptionsOf({ type = 'a', major, minor, access }: DeviceRule): Exception[] {
  const types = type === 'a' ? (['b', 'c'] as const) : [type]
  const number = (given: number | undefined): number | null => (isAny(given) ? null : given!)
  return types.map(one => ({ type: one, major: number(major), minor: number(minor), access: bitsOf(access) }))
}

/** Without access: none of it is said, so all is meant. */
const bitsOf = (access = 'rwm'): number =>
  access === '' ? ALL : [...access].reduce((bits, letter) => bits | accessBits[letter as keyof typeof accessBits], 0)

const isSame = (one: Exception, other: Exception): boolean =>
  one.type === other.type && one.major === other.major && one.minor === other.minor

const more = (exceptions: readonly Exception[], added: Exception): Exception[] => {
  const before = exceptions.find(one => isSame(one, added))
  if (before === undefined) return [...exceptions, added]
  return exceptions.map(one => (one === before ? { ...one, access: one.access | added.access } : one))
}

const less = (exceptions: readonly Exception[], taken: Exception): Exception[] =>
  exceptions
    .map(one => (isSame(one, taken) ? { ...one, access: one.access & ~taken.access } : one))
    .filter(({ access }) => access !== 0)

/**
 * What Docker lets a container have: the harmless ones, terminals, and the making of any node, which alone opens nothing.
 * Source: moby, oci/devices; runc, specconv.AllowedDevices.
 */
export const defaultRules: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...(
    [
      [1, 3], // null
      [1, 5], // zero
      [1, 7], // full
      [1, 8], // random
      [1, 9], // urandom
      [5, 0], // tty
      [5, 1], // console
      [5, 2], // ptmx
    ] as const
  ).map(([major, minor]) => ({ allow: true, type: 'c', major, minor, access: 'rwm' }) as const),
  { allow: true, type: 'c', major: 136, access: 'rwm' }, // pts/*
]
