/**
 * What a profile says, call by call: its names become numbers, its arguments the words of 32 bits that a filter can load. Calls
 * next to each other that are treated alike are one range: so Docker's four hundred names are some seventy ranges. Pure.
 *
 * What libseccomp and runc do where the spec is silent, and we do as they do, because profiles are written with them in mind:
 * - Where several rules of a call hold for the same arguments, the narrower one counts: order.ts.
 * - A rule without args takes the place of all others of its call, wherever it stands; of two such the first counts.
 * - A rule that does what the default does is left out, as runc leaves it out.
 * - Conditions on several arguments must all hold; where an argument has two, each condition is a rule of its own (runc).
 * - What has 32 bits is compared by its lower half alone.
 * - A name that an architecture does not have says nothing there.
 *
 * Source: config-linux.md "Seccomp"; libseccomp, seccomp_rule_add(3); runc, libcontainer/seccomp and patchbpf.
 */

import type { Seccomp, SeccompAction, SeccompArg, SeccompOperator } from '#core/spec/runtime'
import { errnos } from '#core/sys/constants'
import { type Abi, isLittleEndian, multiplexed, X32_BIT } from './arch.js'
import { inOrder } from './order.js'

/** Half of an argument. */
export interface Word {
  /** Its place in struct seccomp_data. */
  readonly at: number
  /** Which of its bits count: none of the others is set in `value`. */
  readonly mask: number
  readonly value: number
}

/** A condition on an argument: of 64 bits in two words, the upper one first; of 32 bits in one. */
export interface Test {
  readonly op: 'equal' | 'not-equal' | 'less' | 'at-most' | 'at-least' | 'greater'
  readonly words: readonly Word[]
}

/** All tests must hold. */
export interface Rule {
  readonly tests: readonly Test[]
  /** What the kernel is told then: seccomp(2), SECCOMP_RET_*. */
  readonly action: number
}

/** What is done to calls from this number on, up to the next range. */
export interface Range {
  readonly from: number
  /** The first that holds says what happens. */
  readonly rules: readonly Rule[]
  /** What happens when none holds. */
  readonly otherwise: number
}

/** include/uapi/linux/seccomp.h */
const returns: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
}

/** What nothing in a filter may be let through by: a call of an architecture that the profile does not name. */
export const badArchitecture = returns.SCMP_ACT_KILL_THREAD

/** Of ERRNO and TRACE: with what is to be in errno, or said to the tracer. */
export function returnOf(action: SeccompAction, errno: number = errnos.EPERM): number {
  const saysMore = action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE'
  return returns[action] + (saysMore ? errno : 0)
}

/** Those of one AUDIT_ARCH_*: x86-64 and x32 are told apart by a bit of the number. In order, the first from 0. */
export function rangesOf(seccomp: Seccomp, abis: readonly Abi[]): Range[] {
  const ranges = new Ranges()
  const [first] = abis
  if (first?.name === 'SCMP_ARCH_X32') ranges.add(0, always(badArchitecture))
  for (const abi of abis) addRanges(ranges, seccomp, abi)
  if (first?.name === 'SCMP_ARCH_X86_64') {
    const unknown = ranges.all.findLast(({ from }) => from < X32_BIT)!
    if (abis.length === 1) ranges.add(X32_BIT, always(badArchitecture))
    // it has x32's bit, but is none of its calls: -1 is what a tracer writes there so that the kernel skips one
    ranges.add(2 ** 32 - 1, unknown)
  }
  return ranges.all
}

type Treatment = Omit<Range, 'from'>
const always = (action: number): Treatment => ({ rules: [], otherwise: action })

/** Ranges that come in order; one that is treated as the one before it belongs to that. */
class Ranges {
  readonly all: Range[] = []

  add(from: number, { rules, otherwise }: Treatment): void {
    const last = this.all.at(-1)
    const isAlike =
      last !== undefined &&
      last.otherwise === otherwise &&
      last.rules.length === rules.length &&
      (rules.length === 0 || JSON.stringify(last.rules) === JSON.stringify(rules))
    if (!isAlike) this.all.push({ from, rules, otherwise })
  }
}

function addRanges(ranges: Ranges, seccomp: Seccomp, abi: Abi): void {
  const byDefault = always(returnOf(seccomp.defaultAction, seccomp.defaultErrnoRet))
  const named = treatments(seccomp, abi, byDefault)
  const numbers = [...named.keys()].sort((a, b) => a - b)
  const last = numbers.findLast(number => number < abi.ownFrom) ?? -1
  const unknown = last < 0 ? byDefault : always(returnOfUnknown(seccomp))
  let next = 0
  const fillUpTo = (number: number): void => {
    if (next <= last && next < number) ranges.add(abi.base + next, byDefault)
    if (number > last + 1 && number > next) ranges.add(abi.base + Math.max(next, last + 1), unknown)
  }
  for (const number of numbers) {
    fillUpTo(number)
    ranges.add(abi.base + number, named.get(number)!)
    next = number + 1
  }
  fillUpTo(Number.POSITIVE_INFINITY)
}

/**
 * For a call that is newer than the profile: its author could not name it, and a program that tries it needs to hear that it is
 * not there, to fall back to an older one. EPERM would mean that it failed. So numbers above all that the profile names get
 * ENOSYS, as with runc; but not where the default lets calls through.
 */
function returnOfUnknown({ defaultAction, defaultErrnoRet }: Seccomp): number {
  if (letsThrough(defaultAction)) return returnOf(defaultAction, defaultErrnoRet)
  return returnOf('SCMP_ACT_ERRNO', errnos.ENOSYS)
}

/** TRACE: what is not there is for the tracer to say. */
const letsThrough = (action: SeccompAction): boolean =>
  action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG' || action === 'SCMP_ACT_TRACE'

/** Of each call that is named, also where that is to happen which happens anyway. */
function treatments({ syscalls = [] }: Seccomp, abi: Abi, byDefault: Treatment): Map<number, Treatment> {
  const found = new Map<number, { rules: Rule[]; otherwise: number; isSaid: boolean }>()
  for (const { names, action, errnoRet, args } of inOrder(syscalls)) {
    const does = returnOf(action, errnoRet)
    const own = ruleOf(args, does, abi)
    for (const name of names) {
      for (const { number, which } of callsOf(name, abi)) {
        const call = found.get(number) ?? { rules: [], otherwise: byDefault.otherwise, isSaid: false }
        found.set(number, call)
        if (call.isSaid || does === byDefault.otherwise) continue
        if (which !== null && args.length > 0 && letsThrough(action)) continue
        const rule = which === null ? own : ruleOf([which], does, abi)
        if (rule.tests.length > 0) call.rules.push(rule)
        else found.set(number, { rules: [], otherwise: does, isSaid: true })
      }
    }
  }
  return found
}

const ruleOf = (args: readonly SeccompArg[], action: number, abi: Abi): Rule => ({
  tests: args.flatMap(arg => testOf(arg, abi)),
  action,
})

interface NumberedCall {
  readonly number: number
  /** Of a call that stands for several: what its first argument is when it stands for this one. */
  readonly which: SeccompArg | null
}

/**
 * The call of that name; and where several are reached through one, that one, too. What such a call takes lies behind a pointer,
 * where no filter can look: of `socketcall` it is not known which family a socket is to have. A rule that lets `socket` through
 * for one family does not hold there, one that refuses it for one refuses all. (libseccomp lets all through in the first case.)
 */
function callsOf(name: string, abi: Abi): NumberedCall[] {
  const found: NumberedCall[] = []
  const number = abi.numbers().get(name)
  if (number !== undefined) found.push({ number, which: null })
  if (!abi.multiplexes) return found
  for (const call of ['socketcall', 'ipc'] as const) {
    const value = multiplexed[call].get(name)
    if (value === undefined) continue
    found.push({ number: abi.numbers().get(call)!, which: { index: 0, op: 'SCMP_CMP_EQ', value } })
  }
  return found
}

const ops: Readonly<Record<SeccompOperator, Test['op']>> = {
  SCMP_CMP_NE: 'not-equal',
  SCMP_CMP_LT: 'less',
  SCMP_CMP_LE: 'at-most',
  SCMP_CMP_EQ: 'equal',
  SCMP_CMP_GE: 'at-least',
  SCMP_CMP_GT: 'greater',
  SCMP_CMP_MASKED_EQ: 'equal',
}

/** offsetof(struct seccomp_data, args) */
const ARGUMENTS = 16

/** @returns none where it always holds */
function testOf({ index, op, value, valueTwo = 0 }: SeccompArg, { wide, audit }: Abi): Test[] {
  const isMasked = op === 'SCMP_CMP_MASKED_EQ'
  const [mask, wanted] = isMasked ? [BigInt(value), BigInt(valueTwo)] : [2n ** 64n - 1n, BigInt(value)]
  const at = ARGUMENTS + 8 * index
  const highFirst = !isLittleEndian(audit)
  const words = [
    { at: highFirst ? at : at + 4, mask: Number(mask >> 32n), value: Number((wanted & mask) >> 32n) },
    {
      at: highFirst ? at + 4 : at,
      mask: Number(BigInt.asUintN(32, mask)),
      value: Number(BigInt.asUintN(32, wanted & mask)),
    },
  ]
    .slice(wide ? 0 : 1)
    .filter(word => word.mask !== 0)
  return words.length === 0 ? [] : [{ op: ops[op], words }]
}
