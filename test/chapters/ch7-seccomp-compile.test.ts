import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { abis } from '#chapters/ch7-oci/seccomp/arch'
import { assemble, encode, type Line, MOST } from '#chapters/ch7-oci/seccomp/bpf'
import { compile } from '#chapters/ch7-oci/seccomp/compile'
import { filterOf } from '#chapters/ch7-oci/seccomp/filter'
import { type Range, rangesOf } from '#chapters/ch7-oci/seccomp/rules'
import { MiniDockerError } from '#core/errors'
import type { Seccomp, SeccompArg, SeccompRule } from '#core/spec/runtime'
import { type Call, runBpf } from '#support/bpf'
import { anyCall, anyProfile, directVerdict } from '#support/seccomp'

const X86_64 = 0xc000003e
const X86 = 0x40000003
const [ALLOW, EPERM, ENOSYS, KILL] = [0x7fff0000, 0x50001, 0x50026, 0]
const x64 = Object.fromEntries(abis[0]!.numbers())

const denying = (...syscalls: readonly SeccompRule[]): Seccomp => ({ defaultAction: 'SCMP_ACT_ERRNO', syscalls })
const allow = (name: string, ...args: readonly SeccompArg[]): SeccompRule => ({
  names: [name],
  action: 'SCMP_ACT_ALLOW',
  args,
})
const says = (seccomp: Seccomp, call: Call): number => runBpf(compile(seccomp, 'x64'), call).action
const called = (name: string, ...args: readonly bigint[]): Call => ({ arch: X86_64, nr: x64[name]!, args })

test('a program says what the rules say when profile and call are any', () => {
  const both = anyProfile.chain(seccomp =>
    fc.tuple(fc.constant(seccomp), fc.array(anyCall(seccomp), { minLength: 12, maxLength: 12 })),
  )
  fc.assert(
    fc.property(both, fc.constantFrom('x64', 'arm64'), ([seccomp, calls], machine) => {
      const program = compile(seccomp, machine)
      for (const call of calls) {
        assert.is(runBpf(program, call).action, directVerdict(seccomp, machine, call), `${call.arch} ${call.nr}`)
      }
    }),
    { numRuns: 400 },
  )
})

test('a jump reaches what lies further than 255 instructions when it must', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 8 }), gaps => {
      const lines: Line[] = [
        { op: 'load', at: 0 },
        ...gaps.flatMap((gap, i): Line[] => [
          { op: 'jump', when: 'equal', value: i, yes: `hit ${i}`, no: gap % 2 === 0 ? `next ${i}` : null },
          ...Array.from({ length: gap }, (): Line => ({ op: 'load', at: 0 })),
          { op: 'jump', when: 'at-least', value: 0, yes: `next ${i}`, no: `hit ${i}` },
          { op: 'label', name: `next ${i}` },
        ]),
        { op: 'return', value: 0xffff },
        ...gaps.flatMap((_, i): Line[] => [
          { op: 'label', name: `hit ${i}` },
          { op: 'return', value: i },
        ]),
      ]
      const program = assemble(lines)
      gaps.forEach((_, i) => {
        assert.is(runBpf(program, { arch: 0, nr: i }).action, i)
      })
      assert.is(runBpf(program, { arch: 0, nr: gaps.length }).action, 0xffff)
    }),
  )
})

test('an instruction has the bytes of struct sock_filter when it is encoded', () => {
  const bytes = encode([{ code: 0x15, jt: 1, jf: 254, k: 0xc000003e }])
  assert.equal([...bytes], [0x15, 0, 1, 254, 0x3e, 0, 0, 0xc0])
})

test('a jump back or to nowhere is refused when a program is put together', () => {
  const to = (name: string): Line => ({ op: 'jump', when: 'equal', value: 0, yes: name, no: null })
  const end: Line = { op: 'return', value: 0 }
  assert.throws(() => assemble([to('nobody'), end]), /jump to 'nobody': leads nowhere/)
  assert.throws(() => assemble([{ op: 'label', name: 'loop' }, to('loop'), end]), /leads back/)
  const here: Line = { op: 'label', name: 'here' }
  assert.throws(() => assemble([to('here'), here, end, here, end]), /label 'here': is there twice/)
})

test('a profile is refused in one line when the kernel would refuse its length', () => {
  const rules = Array.from({ length: MOST / 4 }, (_, value) => allow('ioctl', { index: 1, op: 'SCMP_CMP_EQ', value }))
  assert.throws(
    () => compile(denying(...rules), 'x64'),
    (error: unknown) =>
      error instanceof MiniDockerError && /instructions, and the kernel takes 4096/.test(error.message),
  )
})

test('the upper word comes first when an architecture has big endian bytes', () => {
  const s390x = { ...abis[0]!, name: 'SCMP_ARCH_S390X', audit: 0x80000016 }
  const profile = denying(allow('read', { index: 1, op: 'SCMP_CMP_GT', value: 0x500000007n }))
  const program = assemble([{ op: 'load', at: 0 }, ...filterOf(rangesOf(profile, [s390x]))])
  for (const [arg, wanted] of [
    [0x500000008n, ALLOW],
    [0x500000007n, EPERM],
    [0x600000000n, ALLOW],
    [0x800000005n, ALLOW],
    [0x700000005n, ALLOW],
    [0x4ffffffffn, EPERM],
  ] as const) {
    assert.is(runBpf(program, { arch: s390x.audit, nr: x64.read!, args: [0n, arg] }, false).action, wanted, `${arg}`)
  }
})

test('a call of an architecture that is not named is killed when it comes', () => {
  const profile: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'] }
  assert.is(says(profile, { arch: X86, nr: 20 }), KILL)
  assert.is(says(profile, { arch: X86_64, nr: 0x40000000 }), KILL, 'x32')
  assert.is(says(profile, { arch: X86_64, nr: 0xffffffff }), ALLOW, 'what a tracer skips')
  const all = { ...profile, architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }
  assert.is(says(all, { arch: X86, nr: 20 }), ALLOW)
  assert.is(says(all, { arch: X86_64, nr: 0x40000000 }), ALLOW)
  assert.is(says(all, { arch: X86_64, nr: 39 }), ALLOW, 'our own need not be named')
})

test('a rule without args takes the place of all others of its call when there is one', () => {
  const one: SeccompArg = { index: 0, op: 'SCMP_CMP_EQ', value: 1 }
  const trap: SeccompRule = { names: ['socket'], action: 'SCMP_ACT_TRAP', args: [one] }
  assert.is(says(denying(trap, allow('socket')), called('socket', 1n)), ALLOW)
  assert.is(says(denying(allow('socket'), trap), called('socket', 1n)), ALLOW)
  assert.is(says(denying(trap, allow('socket', one)), called('socket', 1n)), 0x30000, 'the first that holds')
})

test('the narrower of two rules counts when both hold, wherever it stands', () => {
  const arg = (index: number, op: 'EQ' | 'LT' | 'LE' | 'GT' | 'GE', value: number): SeccompArg => ({
    index,
    op: `SCMP_CMP_${op}`,
    value,
  })
  const trap = (given: SeccompArg): SeccompRule => ({ names: ['socket'], action: 'SCMP_ACT_TRAP', args: [given] })
  for (const [narrow, broad] of [
    [arg(0, 'EQ', 5), arg(0, 'LT', 9)],
    [arg(0, 'EQ', 5), arg(0, 'GT', 1)],
    [arg(0, 'LE', 5), arg(0, 'LT', 9)],
    [arg(0, 'LT', 9), arg(0, 'GE', 5)],
    [arg(0, 'GE', 5), arg(0, 'GT', 1)],
    [arg(1, 'GT', 1), arg(0, 'EQ', 5)],
  ] as const) {
    for (const rules of [
      [trap(narrow), allow('socket', broad)],
      [allow('socket', broad), trap(narrow)],
    ]) {
      assert.is(says(denying(...rules), called('socket', 5n, 5n)), 0x30000, `${narrow.op} ${broad.op}`)
    }
  }
  // of two that leave as much, the first
  const [first, second] = [trap(arg(0, 'LE', 5)), allow('socket', arg(0, 'LT', 5))]
  assert.is(says(denying(first, second), called('socket', 1n)), 0x30000)
  assert.is(says(denying(second, first), called('socket', 1n)), ALLOW)
})

test('a rule that does what is done anyway is left out when others say more', () => {
  const same: SeccompRule = { names: ['socket'], action: 'SCMP_ACT_ERRNO' }
  const some = allow('socket', { index: 0, op: 'SCMP_CMP_EQ', value: 1 })
  assert.is(says(denying(same, some), called('socket', 1n)), ALLOW)
  assert.is(
    says(denying({ ...same, errnoRet: 13 }, some), called('socket', 1n)),
    0x5000d,
    'another errno is another action',
  )
})

test('conditions on one argument are rules of their own when a rule has several', () => {
  const profile = denying(
    allow('socket', { index: 0, op: 'SCMP_CMP_EQ', value: 1 }, { index: 0, op: 'SCMP_CMP_EQ', value: 2 }),
    allow('ioctl', { index: 0, op: 'SCMP_CMP_EQ', value: 1 }, { index: 1, op: 'SCMP_CMP_EQ', value: 2 }),
  )
  for (const family of [1n, 2n]) assert.is(says(profile, called('socket', family)), ALLOW)
  assert.is(says(profile, called('socket', 3n)), EPERM)
  assert.is(says(profile, called('ioctl', 1n, 2n)), ALLOW)
  assert.is(says(profile, called('ioctl', 1n, 3n)), EPERM)
})

test('a call that is newer than the profile is not there when the default refuses', () => {
  const profile = denying(allow('read'), allow('openat2'))
  assert.is(says(profile, { arch: X86_64, nr: x64.openat2! + 1 }), ENOSYS)
  assert.is(says(profile, { arch: X86_64, nr: x64.openat2! - 1 }), EPERM)
  const open: Seccomp = { ...profile, defaultAction: 'SCMP_ACT_LOG' }
  assert.is(says(open, { arch: X86_64, nr: 9999 }), 0x7ffc0000)
  assert.is(says({ defaultAction: 'SCMP_ACT_ERRNO' }, { arch: X86_64, nr: 9999 }), EPERM, 'it knows none at all')
})

test("arm's own numbers keep no newer call from being not there when a profile names them", () => {
  const arm = 0x40000028
  const program = compile({ ...denying(allow('read'), allow('set_tls')), architectures: ['SCMP_ARCH_ARM'] }, 'arm64')
  assert.is(runBpf(program, { arch: arm, nr: 0xf0005 }).action, ALLOW)
  assert.is(runBpf(program, { arch: arm, nr: 470 }).action, ENOSYS)
})

test('what is behind a pointer is not let through when a rule has conditions on it', () => {
  const unix: SeccompArg = { index: 0, op: 'SCMP_CMP_EQ', value: 1 }
  const x86 = (seccomp: Seccomp, first: bigint): number =>
    says({ ...seccomp, architectures: ['SCMP_ARCH_X86'] }, { arch: X86, nr: 102, args: [first] })
  assert.is(x86(denying(allow('socket')), 1n), ALLOW)
  assert.is(x86(denying(allow('socket')), 2n), EPERM, 'bind')
  assert.is(x86(denying(allow('socket', unix)), 1n), EPERM)
  const refusing: Seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [unix] }],
  }
  assert.is(x86(refusing, 1n), EPERM)
  assert.is(x86(refusing, 2n), ALLOW)
})

test('a listener that nobody could hand on is refused when a profile asks for one', () => {
  const asking = (names: readonly string[]): Seccomp => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    listenerPath: '/run/agent',
    syscalls: [{ names, action: 'SCMP_ACT_NOTIFY' }],
  })
  assert.not.throws(() => compile(asking(['mkdir']), 'x64'))
  assert.throws(() => compile(asking(['mkdir', 'write']), 'x64'), /cannot be for 'write'/)
  assert.throws(() => compile({ ...asking(['mkdir']), listenerPath: '' }, 'x64'), /nobody would answer/)
  assert.throws(() => compile({ defaultAction: 'SCMP_ACT_NOTIFY' }, 'x64'), /cannot be the default/)
})

test('the search takes no more steps than halves need when there are many ranges', () => {
  const ranges = Array.from({ length: 200 }, (_, i): Range => ({ from: 2 * i, rules: [], otherwise: i }))
  const program = assemble([{ op: 'load', at: 0 }, ...filterOf(ranges)])
  for (let nr = 0; nr < 400; nr++) {
    const { action, steps } = runBpf(program, { arch: 0, nr })
    assert.is(action, nr >> 1)
    assert.ok(steps <= 2 + 8 + 1, `${steps}`) // load, 8 halves, a far jump at most, return
  }
})

test.run()
