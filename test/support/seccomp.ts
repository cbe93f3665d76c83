/** What a seccomp profile says to one call, read off its rules directly; and profiles and calls made at random. */

import * as fc from 'fast-check'
import { type Abi, abisOf, multiplexed } from '#chapters/ch7-oci/seccomp/arch'
import { returnOf } from '#chapters/ch7-oci/seccomp/rules'
import type { Seccomp, SeccompArg, SeccompRule } from '#core/spec/runtime'
import { seccompActions, seccompOperators } from '#core/spec/seccomp'
import type { Architecture } from '#core/sys/constants'
import type { Call } from './bpf.js'

const KILL_THREAD = 0
const ENOSYS = 0x50026

const holds = ({ index, op, value, valueTwo = 0 }: SeccompArg, args: readonly bigint[], wide: boolean): boolean => {
  const cut = (number: bigint | number): bigint => BigInt.asUintN(wide ? 64 : 32, BigInt(number))
  const [is, wanted] = [cut(args[index] ?? 0n), cut(value)]
  switch (op) {
    case 'SCMP_CMP_NE':
      return is !== wanted
    case 'SCMP_CMP_LT':
      return is < wanted
    case 'SCMP_CMP_LE':
      return is <= wanted
    case 'SCMP_CMP_EQ':
      return is === wanted
    case 'SCMP_CMP_GE':
      return is >= wanted
    case 'SCMP_CMP_GT':
      return is > wanted
    case 'SCMP_CMP_MASKED_EQ':
      return (is & wanted) === (cut(valueTwo) & wanted)
  }
}

/** Conditions on the same argument are rules of their own; of one rule they are in the order of arguments. */
const split = (rule: SeccompRule): (SeccompRule & { args: SeccompArg[] })[] => {
  const args = [...(rule.args ?? [])].sort((a, b) => a.index - b.index)
  const isTwice = new Set(args.map(({ index }) => index)).size < args.length
  return isTwice ? rule.args!.map(arg => ({ ...rule, args: [arg] })) : [{ ...rule, args }]
}

/** A text that sorts as rules are tried: by argument from the last, by kind of condition, by what the limit leaves. */
const rank = ({ op, index, value, valueTwo = 0 }: SeccompArg): string => {
  const digits = (number: bigint): string => number.toString(16).padStart(16, '0')
  const limit = op === 'SCMP_CMP_MASKED_EQ' ? BigInt(value) & BigInt(valueTwo) : BigInt(value)
  const most = 2n ** 64n - 1n
  if (/_L[TE]$/.test(op)) return `${9 - index} 1 ${digits(limit)}`
  return `${9 - index} ${/_G[TE]$/.test(op) ? 2 : 0} ${digits(most - limit)}`
}
/** The shorter one is neither before nor behind a longer one that begins like it. */
const compared = (one: readonly SeccompArg[], other: readonly SeccompArg[]): number => {
  const length = Math.min(one.length, other.length)
  const [a, b] = [one, other].map(args => args.slice(0, length).map(rank).join())
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

/** A masked comparison that looks at no bit is none. */
const saysNothing = ({ op, value }: SeccompArg, wide: boolean): boolean =>
  op === 'SCMP_CMP_MASKED_EQ' && BigInt.asUintN(wide ? 64 : 32, BigInt(value)) === 0n

const letsThrough = (action: string): boolean => /ALLOW|LOG|TRACE$/.test(action)

/** Of a call that several others are reached through: what its first argument means. */
const member = (name: string, args: readonly bigint[]): string | undefined => {
  const through = name === 'socketcall' || name === 'ipc' ? multiplexed[name] : undefined
  const [which = 0n] = args
  return [...(through ?? [])].find(([, number]) => BigInt(number) === BigInt.asUintN(32, which))?.[0]
}

/** SECCOMP_RET_*: what the kernel is to be told. */
export function directVerdict(seccomp: Seccomp, machine: Architecture, { arch, nr, args = [] }: Call): number {
  const abis = abisOf(machine, seccomp.architectures).filter(one => one.audit === arch)
  const abi = abis.find(one => isOf(one, nr, abis.length === 1))
  if (abi === undefined) return KILL_THREAD
  const otherwise = returnOf(seccomp.defaultAction, seccomp.defaultErrnoRet)
  const number = nr - abi.base
  const names = [...abi.numbers()].flatMap(([name, its]) => (its === number ? [name] : []))
  const via = abi.multiplexes ? names.map(name => member(name, args)) : []
  const does = ({ action, errnoRet }: SeccompRule): number => returnOf(action, errnoRet)
  const some = (seccomp.syscalls ?? []).filter(rule => does(rule) !== otherwise).flatMap(split)
  const conditional = some.filter(rule => rule.args.length > 0).sort((a, b) => compared(a.args, b.args))
  const relevant = [...some.filter(rule => rule.args.length === 0), ...conditional]
  const direct = relevant.filter(rule => rule.names.some(name => names.includes(name)))
  const always = direct.find(rule => rule.args.every(arg => saysNothing(arg, abi.wide)))
  if (always !== undefined) return does(always)
  const first = relevant.find(rule => {
    const given = rule.args
    if (direct.includes(rule) && given.every(arg => holds(arg, args, abi.wide))) return true
    const isVia = rule.names.some(name => via.includes(name))
    return isVia && (given.length === 0 || !letsThrough(rule.action))
  })
  if (first !== undefined) return does(first)
  return isKnown(seccomp, abi, number) || letsThrough(seccomp.defaultAction) ? otherwise : ENOSYS
}

/** -1 has the bit of x32, and is x86-64's where both are known. */
const isOf = ({ name, base }: Abi, nr: number, isAlone: boolean): boolean =>
  name === 'SCMP_ARCH_X86_64'
    ? nr < 0x40000000 || nr === 0xffffffff
    : nr >= base && (base === 0 || isAlone || nr !== 0xffffffff)

/** Not above all that it names, but for numbers that only this architecture has. */
function isKnown({ syscalls = [] }: Seccomp, abi: Abi, number: number): boolean {
  const numbers = syscalls.flatMap(({ names }) =>
    names.flatMap(name => {
      const through = Object.entries(multiplexed).flatMap(([call, members]) =>
        abi.multiplexes && members.has(name) ? [call] : [],
      )
      return [name, ...through].flatMap(one => abi.numbers().get(one) ?? [])
    }),
  )
  const common = numbers.filter(one => one < abi.ownFrom)
  return common.length === 0 || numbers.includes(number) || common.some(one => number <= one)
}

/** Calls that an architecture has of its own, that several are reached through, newest and oldest, and one that nobody has. */
const names = [
  ...['read', 'write', 'close', 'socket', 'accept', 'socketcall', 'semop', 'semget', 'ipc', 'clone', 'personality'],
  ...['chown32', 'uretprobe', 'rt_sigaction', 'set_tls', 'cachestat', 'listxattrat', 'arch_prctl', 'no_such_call'],
]
const values = [0n, 1n, 2n, 5n, 40n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 0x100000005n, 0x500000001n]
const u64 = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...values, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 2n ** 32n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
)
const errnoOf = (action: string): fc.Arbitrary<number | undefined> =>
  /ERRNO|TRACE/.test(action) ? fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }) : fc.constant(undefined)

const arg: fc.Arbitrary<SeccompArg> = fc.record({
  index: fc.integer({ min: 0, max: 3 }),
  op: fc.constantFrom(...seccompOperators),
  value: u64,
  valueTwo: u64,
})
const rule: fc.Arbitrary<SeccompRule> = fc.constantFrom(...seccompActions).chain(action =>
  fc.record({
    names: fc.uniqueArray(fc.constantFrom(...names.filter(name => action !== 'SCMP_ACT_NOTIFY' || name !== 'write')), {
      minLength: 1,
      maxLength: 4,
    }),
    action: fc.constant(action),
    errnoRet: errnoOf(action) as fc.Arbitrary<number>,
    args: fc.oneof(fc.constant([]), fc.array(arg, { maxLength: 3 })),
  }),
)
const architectures = ['X86_64', 'X86', 'X32', 'AARCH64', 'ARM', 'S390X'].map(name => `SCMP_ARCH_${name}`)

export const anyProfile: fc.Arbitrary<Seccomp> = fc
  .constantFrom(...seccompActions.filter(action => action !== 'SCMP_ACT_NOTIFY'))
  .chain(defaultAction =>
    fc.record({
      defaultAction: fc.constant(defaultAction),
      defaultErrnoRet: errnoOf(defaultAction) as fc.Arbitrary<number>,
      architectures: fc.uniqueArray(fc.constantFrom(...architectures)),
      listenerPath: fc.constant('/run/agent'),
      syscalls: fc.array(rule, { maxLength: 8 }),
    }),
  )

const audits = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028, 0x80000016]
const odd = [0, 1, 333, 334, 335, 336, 450, 451, 452, 470, 511, 512, 547, 0xf0000, 0xf0005, 0x3fffffff, 0x7fffffff]

/** A call that the profile may well have a rule for: numbers of its names, and those beside them; arguments as its rules have. */
export const anyCall = (seccomp: Seccomp): fc.Arbitrary<Call> => {
  const given = (seccomp.syscalls ?? []).flatMap(({ args = [] }) =>
    args.flatMap(({ value, valueTwo = 0 }) => [value, valueTwo]),
  )
  const near = given.flatMap(value => [-1n, 0n, 1n, 2n ** 32n].map(by => BigInt.asUintN(64, BigInt(value) + by)))
  const numbers = abisOf('x64', architectures).flatMap(({ base, numbers: table }) =>
    names.flatMap(name => {
      const number = table().get(name)
      return number === undefined ? [] : [base + number, base + number + 1]
    }),
  )
  return fc.record({
    arch: fc.constantFrom(...audits),
    nr: fc.constantFrom(...numbers, ...odd, ...odd.map(number => 0x40000000 + number), 0xfffffffe, 0xffffffff),
    args: fc.array(near.length === 0 ? u64 : fc.oneof(u64, fc.constantFrom(...near)), { minLength: 6, maxLength: 6 }),
  })
}
