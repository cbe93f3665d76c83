import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSpec, readSpec } from '#core/spec/parse'
import type { Seccomp } from '#core/spec/runtime'

const around = (seccomp: unknown): object => ({
  ociVersion: '1.3.0',
  root: { path: 'rootfs' },
  process: { user: { uid: 0, gid: 0 }, args: ['true'], cwd: '/' },
  linux: { seccomp },
})
const errno = { defaultAction: 'SCMP_ACT_ERRNO' }
const rule = { names: ['read'], action: 'SCMP_ACT_ALLOW' }
const arg = { index: 0, value: 1, op: 'SCMP_CMP_EQ' }
const ruled = (changes: object): object => ({ ...errno, syscalls: [{ ...rule, ...changes }] })

test('a profile is taken as it stands when it says all that one can', () => {
  const seccomp: Seccomp = {
    defaultAction: 'SCMP_ACT_TRACE',
    defaultErrnoRet: 38,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_SHEB', 'SCMP_ARCH_LOONGARCH64'],
    flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
    listenerPath: '/run/agent',
    listenerMetadata: 'for it',
    syscalls: [
      { names: ['read', 'write'], action: 'SCMP_ACT_KILL_THREAD' },
      {
        names: ['ioctl'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 0,
        args: [{ index: 5, value: 0, valueTwo: 7, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ],
  }
  assert.equal(parseSpec(around(seccomp)).linux?.seccomp, seccomp)
})

for (const [what, seccomp, why] of [
  ['no default', {}, 'linux.seccomp.defaultAction: is missing'],
  ['an action that is none', { defaultAction: 'ALLOW' }, "linux.seccomp.defaultAction: 'ALLOW' is not known"],
  [
    'a number for an architecture',
    { ...errno, architectures: [1] },
    'linux.seccomp.architectures[0]: must be a string',
  ],
  ['an architecture that is none', { ...errno, architectures: ['X86'] }, "architectures[0]: 'X86' is not known"],
  ['a flag that is none', { ...errno, flags: ['TSYNC'] }, "linux.seccomp.flags[0]: 'TSYNC' is not known"],
  ['no names', ruled({ names: [] }), 'linux.seccomp.syscalls[0].names: must not be empty'],
  ['an empty name', ruled({ names: ['read', ''] }), 'syscalls[0].names[1]: must not be empty'],
  ['an operator that is none', ruled({ args: [{ ...arg, op: '==' }] }), "args[0].op: '==' is not known"],
  ['a seventh argument', ruled({ args: [{ ...arg, index: 6 }] }), 'args[0].index: 6 is not in 0…5'],
  ['a negative value', ruled({ args: [arg, { ...arg, value: -1 }] }), 'args[1].value: -1 is not in'],
  ['a text for a value', ruled({ args: [{ ...arg, value: '1' }] }), 'args[0].value: must be an integer'],
  ['no value', ruled({ args: [{ index: 0, op: 'SCMP_CMP_EQ' }] }), 'args[0].value: is missing'],
  ['an errno that nothing returns', ruled({ errnoRet: 1 }), 'syscalls[0].errnoRet: SCMP_ACT_ALLOW returns no errno'],
  [
    'a default errno that nothing returns',
    { defaultAction: 'SCMP_ACT_KILL', defaultErrnoRet: 1 },
    'linux.seccomp.defaultErrnoRet: SCMP_ACT_KILL returns no errno',
  ],
  ['an errno of 17 bits', { ...errno, defaultErrnoRet: 0x10000 }, 'defaultErrnoRet: 65536 is not in 0…65535'],
  ['words for nobody', { ...errno, listenerMetadata: 'x' }, 'listenerMetadata: without listenerPath'],
] as const) {
  test(`the place is named when a profile has ${what}`, () => {
    assert.throws(
      () => parseSpec(around(seccomp)),
      (error: Error) => error.message.includes(why) || assert.unreachable(error.message),
    )
  })
}

test('a value keeps all its digits when it has more than a number can hold', () => {
  const text = (value: string, two: string): string =>
    JSON.stringify(around(ruled({ args: [{ ...arg, op: 'SCMP_CMP_MASKED_EQ', value: 11, valueTwo: 22 }, arg] })))
      .replace('11', value)
      .replace('22', two)
  const read = (value: string, two: string): readonly unknown[] => {
    const { args = [] } = readSpec(text(value, two)).linux!.seccomp!.syscalls![0]!
    return [args[0]!.value, args[0]!.valueTwo, args[1]!.value]
  }
  assert.equal(read('18446744073709551615', ' 9007199254740993 '), [2n ** 64n - 1n, 2n ** 53n + 1n, 1])
  assert.equal(read('4503599627370496', '9007199254740991'), [2 ** 52, 2 ** 53 - 1, 1])
  assert.throws(() => read('18446744073709551616', '0'), /args\[0\]\.value: 18446744073709551616 does not fit/)
  assert.throws(() => read('-18446744073709551615', '0'), /args\[0\]\.value: must be an integer/)
  assert.throws(() => read('1e19', '0'), /args\[0\]\.value: must be an integer/)
})

test('a text stays a text when it looks like an argument', () => {
  const value = '{"value": 18446744073709551615, "valueTwo":18446744073709551615}'
  const spec = { ...around(errno), annotations: { value, '"value': 'x' } }
  assert.equal(readSpec(JSON.stringify(spec)).annotations, spec.annotations)
})

test.run()
