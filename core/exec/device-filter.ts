/**
 * Attaches a device program to a cgroup: from then on the kernel asks it about each device that a process in there makes or
 * opens. Source: bpf(2), include/uapi/linux/bpf.h (union bpf_attr).
 */

import * as fs from 'node:fs'
import type { Instruction } from '#core/plan/step'
import { BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI, BPF_PROG_TYPE_CGROUP_DEVICE, bpfCommands } from '#core/sys/constants'
import { addressOf, syscall } from '#core/sys/libc'

const INSTRUCTION = 8
const ATTRIBUTES = 48
/** What the kernel asks of a program: whether it is free software. Device programs call none of those that insist. */
const license = Buffer.from('Apache-2.0\0')

/** @throws Errno EPERM without CAP_BPF and CAP_NET_ADMIN; EINVAL, EACCES when the verifier refuses the program */
export function attachDeviceFilter(directory: string, program: readonly Instruction[]): void {
  const loaded = load(program)
  const cgroup = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    const attributes = new Uint32Array(ATTRIBUTES / 4)
    // target_fd, attach_bpf_fd, attach_type, attach_flags: beside those of others, of which each must agree
    attributes.set([cgroup, loaded, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI])
    bpf(bpfCommands.BPF_PROG_ATTACH, attributes)
  } finally {
    fs.closeSync(cgroup)
    fs.closeSync(loaded) // the cgroup holds it from now on
  }
}

function load(program: readonly Instruction[]): number {
  const code = encode(program)
  const attributes = new DataView(new ArrayBuffer(ATTRIBUTES))
  attributes.setUint32(0, BPF_PROG_TYPE_CGROUP_DEVICE, true)
  attributes.setUint32(4, program.length, true)
  attributes.setBigUint64(8, addressOf(code), true)
  attributes.setBigUint64(16, addressOf(license), true)
  return bpf(bpfCommands.BPF_PROG_LOAD, attributes)
}

/** struct bpf_insn: code, dst and src in four bits each, off (16 bits), imm (32 bits). */
function encode(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION))
  program.forEach(({ code, dst, src, off, imm }, i) => {
    view.setUint8(i * INSTRUCTION, code)
    view.setUint8(i * INSTRUCTION + 1, dst | (src << 4))
    view.setInt16(i * INSTRUCTION + 2, off, true)
    view.setInt32(i * INSTRUCTION + 4, imm, true)
  })
  return new Uint8Array(view.buffer)
}

const bpf = (command: number, attributes: ArrayBufferView): number =>
  syscall('bpf', 'int', command, 'void *', new Uint8Array(attributes.buffer), 'unsigned int', attributes.byteLength)
