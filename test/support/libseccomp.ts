/** libseccomp of this machine, told what runc tells it of a profile: seccomp_init(3), seccomp_rule_add(3), seccomp_export_bpf(3). */

import * as fs from 'node:fs'
import * as os from 'node:os'
import type { BpfInstruction } from '#chapters/ch7-oci/seccomp/bpf'
import { returnOf } from '#chapters/ch7-oci/seccomp/rules'
import type { Seccomp, SeccompOperator } from '#core/spec/runtime'
import { openLibrary } from '#core/sys/libc'

const library = 'libseccomp.so.2'

/** enum scmp_compare */
const operators: Readonly<Record<SeccompOperator, number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
}
const tokens: Readonly<Record<string, number>> = {
  SCMP_ARCH_X86_64: 0xc000003e,
  SCMP_ARCH_X32: 0x4000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
}
const SCMP_FLTATR_CTL_OPTIMIZE = 8
const NR_ERROR = -1
const EEXIST = -17
/** enum's SCMP_ACT_NOTIFY is the kernel's; of the others too. */
const pointer = 'void *'

export function hasLibseccomp(): boolean {
  try {
    openLibrary(library)
    return true
  } catch {
    return false
  }
}

/** SCMP_CMP of an argument: struct scmp_arg_cmp. */
function comparison({ index, op, value, valueTwo = 0 }: NonNullable<Rule['args']>[number]): Uint8Array {
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(0, index, true)
  view.setUint32(4, operators[op], true)
  view.setBigUint64(8, BigInt(value), true)
  view.setBigUint64(16, BigInt(valueTwo), true)
  return new Uint8Array(view.buffer)
}
type Rule = NonNullable<Seccomp['syscalls']>[number]

/**
 * @param tree asks for its tree of calls, as runc does for a profile of more than 32
 * @throws when it refuses a rule; null when two rules are a contradiction to it
 */
export function compileWithLibseccomp(seccomp: Seccomp, tree: boolean): BpfInstruction[] | null {
  const call = openLibrary(library)
  const must = (what: string, result: number): void => {
    if (result < 0) throw new Error(`${what}: ${result}`)
  }
  const otherwise = returnOf(seccomp.defaultAction, seccomp.defaultErrnoRet)
  const context = call(`${pointer} seccomp_init(uint32_t action)`)(otherwise) as unknown
  const add = call(
    `int seccomp_rule_add_array(${pointer} context, uint32_t action, int syscall, unsigned int count, ${pointer} args)`,
  )
  const resolve = call('int seccomp_syscall_resolve_name(const char *name)')
  const output = `${fs.mkdtempSync(`${os.tmpdir()}/mini-docker-bpf-`)}/bpf`
  try {
    for (const name of seccomp.architectures ?? []) {
      const result = call(`int seccomp_arch_add(${pointer} context, uint32_t token)`)(context, tokens[name]) as number
      if (result !== EEXIST) must(`arch_add ${name}`, result)
    }
    if (tree) {
      const set = call(`int seccomp_attr_set(${pointer} context, int attribute, uint32_t value)`)
      must('attr_set', set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) as number)
    }
    for (const { names, action, errnoRet, args = [] } of seccomp.syscalls ?? []) {
      const does = returnOf(action, errnoRet)
      if (does === otherwise) continue
      for (const name of names) {
        const number = resolve(name) as number
        if (number === NR_ERROR) continue
        const isTwice = new Set(args.map(({ index }) => index)).size < args.length
        for (const some of isTwice ? args.map(arg => [arg]) : [args]) {
          const result = add(context, does, number, some.length, Buffer.concat(some.map(comparison))) as number
          if (result === EEXIST) return null
          must(`rule_add ${name}`, result)
        }
      }
    }
    const fd = fs.openSync(output, 'w')
    must('export_bpf', call(`int seccomp_export_bpf(${pointer} context, int fd)`)(context, fd) as number)
    fs.closeSync(fd)
    return decode(fs.readFileSync(output))
  } finally {
    call(`void seccomp_release(${pointer} context)`)(context)
    fs.rmSync(output.slice(0, -'/bpf'.length), { recursive: true })
  }
}

function decode(bytes: Buffer): BpfInstruction[] {
  return Array.from({ length: bytes.length / 8 }, (_, i) => ({
    code: bytes.readUInt16LE(i * 8),
    jt: bytes[i * 8 + 2]!,
    jf: bytes[i * 8 + 3]!,
    k: bytes.readUInt32LE(i * 8 + 4),
  }))
}
