/** A process under a filter with ch7/seccomp-jumps in it, and what comes of its calls. */

import { randomInt } from 'node:crypto'
import * as fs from 'node:fs'
import { abis } from '#chapters/ch7-oci/seccomp/arch'
import type { Failure } from '#labs/runner/grade/grader'
import { repository } from '#labs/runner/places'
import type { Room } from '#labs/runner/room/room'
import { told } from '../support/view.js'

const table = abis.find(({ name }) => name === (process.arch === 'arm64' ? 'SCMP_ARCH_AARCH64' : 'SCMP_ARCH_X86_64'))!
const nr = (name: string, ...args: readonly number[]): string => [table.numbers().get(name)!, ...args].join()

export function kernelAgrees(room: Room): Failure | null {
  const limit = randomInt(2, 1000) * 2 ** 32 + randomInt(10, 1000)
  const flag = 2 ** randomInt(45, 51)
  const test = (op: string, value: number, valueTwo = 0): object => ({
    index: 1,
    op: `SCMP_CMP_${op}`,
    value,
    valueTwo,
  })
  // dup(2) of what is no open file, with a second argument that only the filter looks at: it is refused, or EBADF
  const syscalls = [
    { names: ['write', 'exit_group', 'getpid'], action: 'SCMP_ACT_ALLOW' },
    { names: ['dup'], action: 'SCMP_ACT_ALLOW', args: [test('LT', limit)] },
    { names: ['dup'], action: 'SCMP_ACT_ERRNO', errnoRet: 13, args: [test('MASKED_EQ', flag, flag)] },
    { names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 16 },
  ]
  const [config, bpf] = [`${room.scratch}/${room.nonce()}.json`, `${room.scratch}/${room.nonce()}.bpf`]
  fs.writeFileSync(
    config,
    JSON.stringify({ ...minimal, linux: { seccomp: { defaultAction: 'SCMP_ACT_ERRNO', syscalls } } }),
  )
  const made = room.run(['ch7', 'seccomp', '--profile', config, '--bpf', bpf])
  if (made.code !== 0) return { expected: 'ch7 seccomp --lab writes a program', found: told(made) }
  const wanted = [
    [nr('dup', 999, limit - 1), 'EBADF'],
    [nr('dup', 999, limit + 2 ** 52), 'EPERM'],
    [nr('dup', 999, 2 ** 52 + flag), 'EACCES'],
    [nr('getppid'), 'EBUSY'],
    [nr('chdir'), 'EPERM'],
    [nr('getpid'), /^\d+$/],
  ] as const
  const ran = room.start([`${repository}dist/native/inside`, 'seccomp', bpf, '0', ...wanted.map(([call]) => call)])
  if (ran.code !== 0) return { expected: 'a process makes its calls under that filter', found: told(ran) }
  const lines = ran.stdout.trim().split('\n')
  const wrong = wanted.findIndex(([, result], i) =>
    typeof result === 'string' ? lines[i] !== result : !result.test(lines[i]!),
  )
  return wrong < 0
    ? null
    : { expected: `system call ${wanted[wrong]![0]} gets ${wanted[wrong]![1]}`, found: `it gets ${lines[wrong]}` }
}

const minimal = {
  ociVersion: '1.2.0',
  root: { path: 'rootfs' },
  process: { user: { uid: 0, gid: 0 }, args: ['true'], cwd: '/' },
}
