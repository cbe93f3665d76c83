/**
 * A profile in the state record, which is JSON: arguments that a JavaScript number cannot hold are bigints, and JSON has none. They
 * lie there as digits.
 */

import type { Seccomp, SeccompArg, Spec } from '#core/spec/runtime'

const withArgs = (seccomp: Seccomp, change: (value: unknown) => unknown): Seccomp => ({
  ...seccomp,
  ...(seccomp.syscalls === undefined
    ? {}
    : {
        syscalls: seccomp.syscalls.map(rule => ({
          ...rule,
          ...(rule.args === undefined ? {} : { args: rule.args.map(arg => changed(arg, change)) }),
        })),
      }),
})

const changed = (arg: SeccompArg, change: (value: unknown) => unknown): SeccompArg =>
  Object.fromEntries(
    Object.entries(arg).map(([key, value]) => [key, key.startsWith('value') ? change(value) : value]),
  ) as unknown as SeccompArg

/** For JSON.stringify. */
export const storable = (spec: Spec): Spec =>
  spec.linux?.seccomp === undefined
    ? spec
    : {
        ...spec,
        linux: {
          ...spec.linux,
          seccomp: withArgs(spec.linux.seccomp, value => (typeof value === 'bigint' ? String(value) : value)),
        },
      }

/** Of a record that was read. */
export const restored = (seccomp: Seccomp): Seccomp =>
  withArgs(seccomp, value => (typeof value === 'string' ? BigInt(value) : value))
