/**
 * An assembler for the kernel's first virtual machine, which seccomp filters are written for: one register, loads from the
 * description of the call, and jumps that only go forward. Pure. Source: Documentation/networking/filter.rst,
 * include/uapi/linux/bpf_common.h, seccomp(2).
 */

import { fail } from '#core/errors'

/** struct sock_filter. A jump counts instructions from the one after it. */
export interface BpfInstruction {
  readonly code: number
  /** How far to jump when the condition holds, and when not: 0 to 255. */
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/** A line of a program. The register holds 32 bits. */
export type Line =
  /** The 32 bits at this place of struct seccomp_data into the register. */
  | { readonly op: 'load'; readonly at: number }
  /** The register, and only those of its bits that the mask has. */
  | { readonly op: 'and'; readonly mask: number }
  /** Where to go on, depending on the register; null: with the next line. */
  | {
      readonly op: 'jump'
      readonly when: Condition
      readonly value: number
      readonly yes: string | null
      readonly no: string | null
    }
  /** The name of the line after it. */
  | { readonly op: 'label'; readonly name: string }
  /** The end: what the kernel is to do. */
  | { readonly op: 'return'; readonly value: number }

/** The register equals the value, is greater, or is not less; all unsigned. */
export type Condition = 'equal' | 'greater' | 'at-least'

/** BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K, BPF_JMP|BPF_JA, BPF_JMP|BPF_J…|BPF_K, BPF_RET|BPF_K */
export const codes = {
  load: 0x20,
  and: 0x54,
  goto: 0x05,
  equal: 0x15,
  greater: 0x25,
  atLeast: 0x35,
  return: 0x06,
} as const
const codeOf = { equal: codes.equal, greater: codes.greater, 'at-least': codes.atLeast } as const

/** BPF_MAXINSNS */
export const MOST = 4096
const FURTHEST = 255

type Jump = Line & { readonly op: 'jump' }

/**
 * Instructions instead of lines, distances instead of names. A condition reaches 255 instructions far: for what lies beyond, it
 * jumps to a jump without a condition right behind it, which reaches everywhere. Those make the way longer for others: so it is
 * looked again until none is missing.
 * @throws MiniDockerError InvalidArgument when the kernel would refuse it for its length; FailedPrecondition when a jump leads
 * nowhere, or back, or to either of two
 */
export function assemble(lines: readonly Line[]): BpfInstruction[] {
  const far: Far[] = lines.map(() => ({ yes: 0, no: 0 }))
  let places = placesOf(lines, far)
  while (findFar(lines, far, places)) places = placesOf(lines, far)
  const program = lines.flatMap((line, i) => encodeLine(line, i, places, far[i]!))
  if (program.length > MOST) {
    fail('InvalidArgument', {
      what: 'seccomp filter',
      why: `has ${program.length} instructions, and the kernel takes ${MOST}`,
      hint: 'fewer rules with args, or fewer architectures',
    })
  }
  return program
}

/** Whether a condition has a jump behind it for that way: 1, or 0. */
interface Far {
  yes: 0 | 1
  no: 0 | 1
}

interface Places {
  /** Of each line: its instruction's place. */
  readonly lines: readonly number[]
  readonly labels: ReadonlyMap<string, number>
}

function placesOf(lines: readonly Line[], far: readonly Far[]): Places {
  const labels = new Map<string, number>()
  const places: number[] = []
  let at = 0
  lines.forEach((line, i) => {
    places.push(at)
    if (line.op === 'label') {
      if (labels.has(line.name)) {
        fail('FailedPrecondition', { what: `label '${line.name}'`, why: 'is there twice' })
      }
      labels.set(line.name, at)
    } else at += 1 + far[i]!.yes + far[i]!.no
  })
  return { lines: places, labels }
}

/** Marks what is too far as it lies now. @returns whether there was any */
function findFar(lines: readonly Line[], far: readonly Far[], places: Places): boolean {
  let found = false
  lines.forEach((line, i) => {
    if (line.op !== 'jump') return
    for (const way of ['yes', 'no'] as const) {
      if (far[i]![way] === 1 || distance(line, way, i, places) <= FURTHEST) continue
      far[i]![way] = 1
      found = true
    }
  })
  return found
}

/** How many instructions are jumped over, seen from the condition. */
function distance(line: Jump, way: 'yes' | 'no', i: number, { lines, labels }: Places): number {
  const name = line[way]
  if (name === null) return 0
  const to = labels.get(name)
  if (to === undefined || to <= lines[i]!) {
    const why = to === undefined ? 'leads nowhere' : 'leads back, and a filter must end'
    return fail('FailedPrecondition', { what: `jump to '${name}'`, why })
  }
  return to - lines[i]! - 1
}

function encodeLine(line: Line, i: number, places: Places, far: Far): BpfInstruction[] {
  switch (line.op) {
    case 'label':
      return []
    case 'load':
      return [instruction(codes.load, line.at)]
    case 'and':
      return [instruction(codes.and, line.mask)]
    case 'return':
      return [instruction(codes.return, line.value)]
    case 'jump': {
      const own = far.yes + far.no
      const near = (way: 'yes' | 'no'): number => (line[way] === null ? own : distance(line, way, i, places))
      return [
        { code: codeOf[line.when], jt: far.yes ? 0 : near('yes'), jf: far.no ? own - 1 : near('no'), k: line.value },
        ...(far.yes ? [instruction(codes.goto, distance(line, 'yes', i, places) - 1)] : []),
        ...(far.no ? [instruction(codes.goto, distance(line, 'no', i, places) - own)] : []),
      ]
    }
  }
}

const instruction = (code: number, k: number): BpfInstruction => ({ code, jt: 0, jf: 0, k })

/** As seccomp(2) takes them: struct sock_filter, 8 bytes each, in the byte order of the machines that we run on. */
export function encode(program: readonly BpfInstruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * 8))
  program.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(i * 8, code, true)
    view.setUint8(i * 8 + 2, jt)
    view.setUint8(i * 8 + 3, jf)
    view.setUint32(i * 8 + 4, k, true)
  })
  return new Uint8Array(view.buffer)
}
