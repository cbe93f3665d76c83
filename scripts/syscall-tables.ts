/**
 * Writes chapters/ch7-oci/seccomp/syscalls-*.ts: the number that each architecture has for a system call's name. They are taken
 * from the kernel's headers, as Debian has them for each architecture:
 *
 *   apt-get install gcc linux-libc-dev linux-libc-dev-arm64-cross linux-libc-dev-armhf-cross
 *   node dist/scripts/syscall-tables.js
 *
 * What came after those headers (Linux 6.1) stands in `newer`: a number above 424 is the same everywhere.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'

const x86 = '/usr/include/x86_64-linux-gnu'
/** By the name of its file: the header, where it lies, and what says which architecture is meant. */
const sources = {
  'x86-64': { of: 'x86-64', header: 'asm/unistd_64.h', include: x86, defined: [] },
  // the bit that x32 sets in every number: a table has the numbers without it
  x32: { of: 'x32', header: 'asm/unistd_x32.h', include: x86, defined: ['-D__X32_SYSCALL_BIT=0'] },
  x86: { of: '32-bit x86', header: 'asm/unistd_32.h', include: x86, defined: [] },
  arm64: { of: 'arm64', header: 'asm/unistd.h', include: '/usr/aarch64-linux-gnu/include', defined: [] },
  arm: {
    of: '32-bit arm (EABI)',
    header: 'asm/unistd.h',
    include: '/usr/arm-linux-gnueabihf/include',
    defined: ['-D__ARM_EABI__'],
  },
} as const
export type TableName = keyof typeof sources
export const tableNames = Object.keys(sources) as TableName[]

/** scripts/syscall.tbl and arch/x86/entry/syscalls/syscall_64.tbl of Linux 6.18, what 6.1 did not have. */
const newer = (name: TableName): Readonly<Record<string, number>> => ({
  ...(name === 'x86-64' || name === 'x32' ? { uretprobe: 335, uprobe: 336 } : {}),
  cachestat: 451,
  fchmodat2: 452,
  map_shadow_stack: 453,
  futex_wake: 454,
  futex_wait: 455,
  futex_requeue: 456,
  statmount: 457,
  listmount: 458,
  lsm_get_self_attr: 459,
  lsm_set_self_attr: 460,
  lsm_list_modules: 461,
  mseal: 462,
  setxattrat: 463,
  getxattrat: 464,
  listxattrat: 465,
  removexattrat: 466,
  open_tree_attr: 467,
  file_getattr: 468,
  file_setattr: 469,
})

/** Macros that count, or that others are made of. */
const noCall = /^(syscalls|BASE|SYSCALL_BASE|SYSCALL_MASK|OABI_SYSCALL_BASE|arch_specific_syscall)$/

export const hasHeaders = (name: TableName): boolean =>
  fs.existsSync(`${sources[name].include}/${sources[name].header}`)

/** By name. @throws when gcc or the headers are not there */
export function numbersFromHeaders(name: TableName): Map<string, number> {
  const { header, include, defined } = sources[name]
  const preprocess = (text: string, ...flags: string[]): string =>
    execFileSync('gcc', ['-E', '-P', ...defined, ...flags, '-nostdinc', '-I', include, '-I', '/usr/include', '-'], {
      input: `#include <${header}>\n${text}`,
      encoding: 'utf8',
    })
  const macros = preprocess('', '-dM')
    .split('\n')
    .flatMap(line => /^#define (__NR_|__ARM_NR_)(\w+) /.exec(line)?.slice(1) ?? [])
  const names = Array.from({ length: macros.length / 2 }, (_, i) => [macros[2 * i]!, macros[2 * i + 1]!] as const)
  const calls = names.filter(([, call]) => !noCall.test(call))
  const values = preprocess(calls.map(([prefix, call]) => `"${call}" ${prefix}${call}`).join('\n'))
  const found = new Map<string, number>()
  for (const [, call, expression] of values.matchAll(/^"(\w+)" (.*)$/gm)) {
    const number = sum(expression!)
    if (number !== null) found.set(call!, number)
  }
  return found
}

/** Sums of numbers are all that is written there: `(0x40000000 + 512)`. null for a name that stands for nothing. */
function sum(expression: string): number | null {
  const terms = expression.replace(/[()]/g, '').split('+')
  const total = terms.map(term => Number(term.trim() || 'NaN')).reduce((all, one) => all + one, 0)
  return Number.isNaN(total) ? null : total
}

/** Of both, by number, then by name. */
export function numbersOf(name: TableName): (readonly [call: string, number: number])[] {
  const all = new Map([...Object.entries(newer(name)), ...numbersFromHeaders(name)])
  return [...all].sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1))
}

/** A call has the number after that of the one before it; where not, @ and its number stand before it. */
export function textOf(calls: readonly (readonly [call: string, number: number])[]): string {
  let next = 0
  const words = calls.flatMap(([call, number]) => {
    const jumps = number === next ? [] : [`@${number}`]
    next = number + 1
    return [...jumps, call]
  })
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 110) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join('\n')
}

export const fileOf = (name: TableName): string => `chapters/ch7-oci/seccomp/syscalls-${name}.ts`

export const sourceOf = (name: TableName): string => `/**
 * The system calls of ${sources[name].of}, by number. Written by scripts/syscall-tables.ts from the kernel's headers: change it there.
 * A call has the number after that of the one before it; where not, @ and its number stand before it.
 */

export const calls = \`
${textOf(numbersOf(name))}
\`
`

if (process.argv[1]?.endsWith('syscall-tables.js')) {
  for (const name of tableNames) fs.writeFileSync(fileOf(name), sourceOf(name))
}
