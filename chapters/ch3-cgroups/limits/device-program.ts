/**
 * A device policy as a program for the kernel's virtual machine (v2): it is asked about each device that a process makes or
 * opens, and answers 1 or 0. Pure: an assembler of a few instructions. Source: include/uapi/linux/bpf.h (struct
 * bpf_cgroup_dev_ctx), Documentation/bpf/instruction-set.rst.
 */

import type { Instruction } from '#core/plan/step'
import type { DevicePolicy, Exception } from './device-rules.js'

/** Instruction classes, sizes, modes, operations: the bits of `code`. */
const LDX_W = 0x61 // load a 32-bit word from memory
const MOV_REG = 0xbf
const MOV_IMM = 0xb7
const AND_IMM = 0x57
const RSH_IMM = 0x77
const JNE_IMM = 0x55
const JEQ_IMM = 0x15
const EXIT = 0x95

/** r0 holds the answer, r1 points to the question. */
const ANSWER = 0
const QUESTION = 1
const TYPE = 2
const ACCESS = 3
const MAJOR = 4
const MINOR = 5
const SCRATCH = 6

/** struct bpf_cgroup_dev_ctx: access_type (access in the upper, type in the lower 16 bits), major, minor. */
const offsets = { accessType: 0, major: 4, minor: 8 } as const
/** BPF_DEVCG_DEV_* */
const typeNumbers = { b: 1, c: 2 } as const

const instruction = (code: number, dst: number, { src = 0, off = 0, imm = 0 } = {}): Instruction => ({
  code,
  dst,
  src,
  off,
  imm,
})

// #region program
export function deviceProgram({ allowed, exceptions }: DevicePolicy): Instruction[] {
  return [
    instruction(LDX_W, TYPE, { src: QUESTION, off: offsets.accessType }),
    instruction(MOV_REG, ACCESS, { src: TYPE }),
    instruction(AND_IMM, TYPE, { imm: 0xffff }),
    instruction(RSH_IMM, ACCESS, { imm: 16 }),
    instruction(LDX_W, MAJOR, { src: QUESTION, off: offsets.major }),
    instruction(LDX_W, MINOR, { src: QUESTION, off: offsets.minor }),
    ...exceptions.flatMap(exception => block(exception, !allowed)),
    ...answer(allowed),
  ]
}

const answer = (allowed: boolean): Instruction[] => [
  instruction(MOV_IMM, ANSWER, { imm: allowed ? 1 : 0 }),
  instruction(EXIT, 0),
]

/** Every test that fails leads behind the block, to the next one: jumps count instructions, from the one after them. */
function block(exception: Exception, allow: boolean): Instruction[] {
  const { type, major, minor } = exception
  const tests = [
    instruction(JNE_IMM, TYPE, { imm: typeNumbers[type] }),
    ...accessTest(exception, allow),
    ...(major === null ? [] : [instruction(JNE_IMM, MAJOR, { imm: major })]),
    ...(minor === null ? [] : [instruction(JNE_IMM, MINOR, { imm: minor })]),
  ]
  const all = [...tests, ...answer(allow)]
  const jumps = new Set([JNE_IMM, JEQ_IMM])
  return all.map((one, i) => (jumps.has(one.code) ? { ...one, off: all.length - 1 - i } : one))
}

/**
 * Who wants to read and write is let in where both are allowed, and kept out where one of the two is denied: so an exception
 * that allows must hold all that is asked for, one that denies any of it.
 */
const accessTest = ({ access }: Exception, allow: boolean): Instruction[] => [
  instruction(MOV_REG, SCRATCH, { src: ACCESS }),
  instruction(AND_IMM, SCRATCH, { imm: allow ? ~access & 7 : access }),
  instruction(allow ? JNE_IMM : JEQ_IMM, SCRATCH, { imm: 0 }),
]
// #endregion program
