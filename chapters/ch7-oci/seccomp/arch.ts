/**
 * The architectures whose system calls can be told apart by name: what a call of theirs looks like to a filter. One machine
 * knows several: an x86-64 kernel runs programs of 32-bit x86 and of x32, too, and each counts its calls differently. Pure.
 * Source: seccomp(2), include/uapi/linux/audit.h, libseccomp.
 */

import type { Architecture } from '#core/sys/constants'
import { calls as arm } from './syscalls-arm.js'
import { calls as arm64 } from './syscalls-arm64.js'
import { calls as x32 } from './syscalls-x32.js'
import { calls as x86 } from './syscalls-x86.js'
import { calls as x86_64 } from './syscalls-x86-64.js'

export interface Abi {
  /** libseccomp's and the spec's name. */
  readonly name: string
  /** AUDIT_ARCH_*, as the kernel puts it before a filter. */
  readonly audit: number
  /** Whether an argument has 64 bits. */
  readonly wide: boolean
  /** What stands in front of every number: x32 has a bit of its own there, and the architecture of x86-64. */
  readonly base: number
  /** From here on there are numbers that nobody else has; calls that are new come before them. */
  readonly ownFrom: number
  /** Whether sockets and System V IPC have a call each for all of theirs, which takes a number. */
  readonly multiplexes: boolean
  readonly numbers: () => ReadonlyMap<string, number>
}

const EVERY = 2 ** 32
const defaults = { wide: false, base: 0, ownFrom: EVERY, multiplexes: false } as const

export const X32_BIT = 0x40000000
const X86_64 = 0xc000003e

export const abis: readonly Abi[] = [
  { ...defaults, name: 'SCMP_ARCH_X86_64', audit: X86_64, wide: true, numbers: once(x86_64) },
  { ...defaults, name: 'SCMP_ARCH_X32', audit: X86_64, base: X32_BIT, ownFrom: 512, numbers: once(x32) },
  { ...defaults, name: 'SCMP_ARCH_X86', audit: 0x40000003, multiplexes: true, numbers: once(x86) },
  { ...defaults, name: 'SCMP_ARCH_AARCH64', audit: 0xc00000b7, wide: true, numbers: once(arm64) },
  { ...defaults, name: 'SCMP_ARCH_ARM', audit: 0x40000028, ownFrom: 0xf0000, numbers: once(arm) },
]

const native: Readonly<Record<Architecture, string>> = { x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' }

/**
 * The machine's own first, then those that the profile names. Of an architecture that is not in the table no program runs on
 * the machines that we run on: it is left out.
 */
export function abisOf(machine: Architecture, named: readonly string[] = []): Abi[] {
  const names = new Set([native[machine], ...named])
  return [...names].flatMap(name => abis.filter(abi => abi.name === name))
}

/** __AUDIT_ARCH_LE */
export const isLittleEndian = (audit: number): boolean => (audit & 0x40000000) !== 0

/** @param text as scripts/syscall-tables.ts writes it: names in order, and @ with a number where one is not the next */
export function numbersIn(text: string): Map<string, number> {
  const numbers = new Map<string, number>()
  let next = 0
  for (const word of text.trim().split(/\s+/)) {
    if (word.startsWith('@')) next = Number(word.slice(1))
    else numbers.set(word, next++)
  }
  return numbers
}

function once(text: string): () => ReadonlyMap<string, number> {
  let numbers: ReadonlyMap<string, number> | undefined
  return () => {
    numbers ??= numbersIn(text)
    return numbers
  }
}

/** net.h and ipc.h (include/uapi/linux): the number by which `socketcall` and `ipc` are told what is meant. */
const inOrder = (first: number, names: string): (readonly [string, number])[] =>
  names.split(' ').map((name, i) => [name, first + i] as const)
export const multiplexed: Readonly<Record<'socketcall' | 'ipc', ReadonlyMap<string, number>>> = {
  socketcall: new Map(
    inOrder(
      1,
      'socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg',
    ),
  ),
  ipc: new Map([
    ...inOrder(1, 'semop semget semctl semtimedop'),
    ...inOrder(11, 'msgsnd msgrcv msgget msgctl'),
    ...inOrder(21, 'shmat shmdt shmget shmctl'),
  ]),
}
