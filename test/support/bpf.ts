/** The kernel's virtual machine for seccomp filters, in TypeScript: what a program says to a call, and in how many steps. */

import type { BpfInstruction } from '#chapters/ch7-oci/seccomp/bpf'

/** struct seccomp_data, without the instruction pointer. */
export interface Call {
  readonly arch: number
  readonly nr: number
  readonly args?: readonly bigint[]
}

export interface Verdict {
  readonly action: number
  readonly steps: number
}

/** The call as the kernel lays it before a filter: nr, arch, instruction pointer, six arguments of 64 bits. */
export function seccompData({ arch, nr, args = [] }: Call, littleEndian = true): DataView {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, nr, littleEndian)
  data.setUint32(4, arch, littleEndian)
  args.forEach((arg, i) => {
    data.setBigUint64(16 + 8 * i, BigInt.asUintN(64, arg), littleEndian)
  })
  return data
}

/** @throws when the program does what the kernel's checker does not let through: sk_chk_filter, seccomp_check_filter */
export function runBpf(program: readonly BpfInstruction[], call: Call, littleEndian = true): Verdict {
  const data = seccompData(call, littleEndian)
  let register = 0
  let steps = 0
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at]!
    if (![jt, jf].every(far => Number.isInteger(far) && far >= 0 && far <= 255)) throw new Error(`${at}: jumps too far`)
    if (!Number.isInteger(k) || k < 0 || k > 0xffffffff) throw new Error(`${at}: k is ${k}`)
    steps++
    switch (code) {
      case 0x20: // ld [k]
        if (k % 4 !== 0 || k >= 64) throw new Error(`${at}: loads from ${k}`)
        register = data.getUint32(k, littleEndian)
        break
      case 0x54: // and
        register = (register & k) >>> 0
        break
      case 0x05: // ja
        at += k
        break
      case 0x15: // jeq
        at += register === k ? jt : jf
        break
      case 0x25: // jgt
        at += register > k ? jt : jf
        break
      case 0x35: // jge
        at += register >= k ? jt : jf
        break
      case 0x45: // jset: libseccomp's and runc's
        at += (register & k) !== 0 ? jt : jf
        break
      case 0x06: // ret
        return { action: k, steps }
      default:
        throw new Error(`${at}: code ${code} is not known`)
    }
  }
  throw new Error('ran past its end')
}
