/**
 * In which order the rules of a profile are tried. Where several of a call hold for the same arguments, the narrower one counts,
 * wherever it stands: libseccomp tries the last argument first; of one argument what it must be, then what it must be less than,
 * then what it must be more than; of two limits the one that leaves less. What is left, in the profile's order. (libseccomp itself
 * joins rules that begin alike, and then it is not always so. It promises none of this.) Pure. Source: libseccomp, src/db.c.
 */

import type { SeccompArg, SeccompOperator, SeccompRule } from '#core/spec/runtime'

type RuleWithArgs = SeccompRule & { readonly args: readonly SeccompArg[] }

/** Those without args first, the others as they are to be tried. */
export function inOrder(syscalls: readonly SeccompRule[]): RuleWithArgs[] {
  const all = syscalls.flatMap(rule => alternatives(rule.args ?? []).map(args => ({ ...rule, args })))
  return [
    ...all.filter(({ args }) => args.length === 0),
    ...all.filter(({ args }) => args.length > 0).sort(narrowerFirst),
  ]
}

/** libseccomp takes one condition an argument; where a profile has more, runc makes each a rule. */
function alternatives(args: readonly SeccompArg[]): readonly (readonly SeccompArg[])[] {
  const isTwice = new Set(args.map(({ index }) => index)).size < args.length
  return isTwice ? args.map(arg => [arg]) : [[...args].sort((a, b) => a.index - b.index)]
}

const narrowness: Readonly<Record<SeccompOperator, number>> = {
  SCMP_CMP_EQ: 0,
  SCMP_CMP_NE: 0,
  SCMP_CMP_MASKED_EQ: 0,
  SCMP_CMP_LT: 1,
  SCMP_CMP_LE: 1,
  SCMP_CMP_GT: 2,
  SCMP_CMP_GE: 2,
}

function narrowerFirst({ args: ours }: RuleWithArgs, { args: theirs }: RuleWithArgs): number {
  for (const [i, one] of ours.entries()) {
    const other = theirs[i]
    if (other === undefined) return 0
    const isUpperLimit = narrowness[one.op] === 1
    const byValue = Number(limitOf(other) - limitOf(one)) * (isUpperLimit ? -1 : 1)
    const before = other.index - one.index || narrowness[one.op] - narrowness[other.op] || byValue
    if (before !== 0) return before
  }
  return 0
}

const limitOf = ({ op, value, valueTwo = 0 }: SeccompArg): bigint =>
  op === 'SCMP_CMP_MASKED_EQ' ? BigInt(value) & BigInt(valueTwo) : BigInt(value)
