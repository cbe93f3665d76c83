/** What is checked of `linux.seccomp`: config-linux.md "Seccomp". */

import type { Seccomp, SeccompAction, SeccompFlag, SeccompOperator } from './runtime.js'
import { type Check, integer, list, object, oneOf, refuse, text, where } from './schema.js'

export const seccompActions = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] as const satisfies readonly SeccompAction[]

export const seccompOperators = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const satisfies readonly SeccompOperator[]

export const seccompFlags = [
  'SECCOMP_FILTER_FLAG_TSYNC',
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
] as const satisfies readonly SeccompFlag[]

/** As of libseccomp 2.6. */
export const seccompArchitectures = [
  ...['X86', 'X86_64', 'X32', 'ARM', 'AARCH64', 'MIPS', 'MIPS64', 'MIPS64N32', 'MIPSEL', 'MIPSEL64', 'MIPSEL64N32'],
  ...['PPC', 'PPC64', 'PPC64LE', 'S390', 'S390X', 'PARISC', 'PARISC64', 'RISCV64', 'LOONGARCH64', 'M68K', 'SH', 'SHEB'],
].map(name => `SCMP_ARCH_${name}`)

/** The kernel takes 16 bits of it (SECCOMP_RET_DATA). */
const errnoRet = integer(0, 0xffff)
const takesErrno = (action: SeccompAction): boolean => action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE'

/** A bigint comes from `withExactArguments` alone: JSON has none. */
const u64: Check<number | bigint> = (value, at) => {
  if (typeof value === 'bigint') return value < 2n ** 64n ? value : refuse(at, `${value} does not fit into 64 bits`)
  return integer(0, Number.MAX_SAFE_INTEGER)(value, at)
}

const arg = object({ index: integer(0, 5), value: u64, op: oneOf(...seccompOperators) }, { valueTwo: u64 })
const names = list(
  where(text, name => name !== '', 'must not be empty'),
  { atLeast: 1 },
)
const rule = object({ names, action: oneOf(...seccompActions) }, { errnoRet, args: list(arg) })

const profile = object(
  { defaultAction: oneOf(...seccompActions) },
  {
    defaultErrnoRet: errnoRet,
    architectures: list(oneOf(...seccompArchitectures)),
    flags: list(oneOf(...seccompFlags)),
    listenerPath: text,
    listenerMetadata: text,
    syscalls: list(rule),
  },
)

export const linuxSeccomp: Check<Seccomp> = (value, at) => {
  const seccomp = profile(value, at)
  const { defaultAction, defaultErrnoRet, syscalls = [], listenerPath = '', listenerMetadata = '' } = seccomp
  const noErrno = (action: SeccompAction): string => `${action} returns no errno`
  if (defaultErrnoRet !== undefined && !takesErrno(defaultAction))
    refuse(`${at}.defaultErrnoRet`, noErrno(defaultAction))
  syscalls.forEach(({ action, errnoRet }, i) => {
    if (errnoRet !== undefined && !takesErrno(action)) refuse(`${at}.syscalls[${i}].errnoRet`, noErrno(action))
  })
  if (listenerMetadata !== '' && listenerPath === '') {
    refuse(`${at}.listenerMetadata`, 'without listenerPath there is nobody to tell it to')
  }
  return seccomp
}

/**
 * What config.json says of arguments, to the last digit: addresses and masks have 64 bits, and a JavaScript number keeps 53 of
 * them. Such a value becomes a bigint.
 * @param value what JSON.parse made of `json`
 */
export function withExactArguments(value: unknown, json: string): unknown {
  const large = /(?<!\\)"(value|valueTwo)"(\s*:\s*)(\d{16,})(?=\s*[,}])/g
  if (!large.test(json)) return value
  const exact = rulesOf(JSON.parse(json.replace(large, '"$1"$2"$3"')))
  rulesOf(value).forEach((rule, i) => {
    argsOf(rule).forEach((arg, k) => {
      for (const key of ['value', 'valueTwo']) {
        const digits = argsOf(exact[i])[k]?.[key]
        const isRounded = typeof arg?.[key] === 'number' && !Number.isSafeInteger(arg[key])
        if (isRounded && typeof digits === 'string') arg[key] = BigInt(digits)
      }
    })
  })
  return value
}

/** Nothing of it has been checked yet. */
interface Unchecked {
  readonly [key: string]: unknown
  readonly linux?: { readonly seccomp?: { readonly syscalls?: unknown } }
}
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const rulesOf = (spec: unknown): unknown[] => listOf((spec as Unchecked | null)?.linux?.seccomp?.syscalls)
const argsOf = (rule: unknown): Record<string, unknown>[] =>
  listOf((rule as Unchecked | null)?.args) as Record<string, unknown>[]
