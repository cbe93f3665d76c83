/** What seccomp(2) is told beside the program. Pure. Source: include/uapi/linux/seccomp.h. */

import type { Seccomp, SeccompFlag } from '#core/spec/runtime'
import { notifies } from './compile.js'

const bits: Readonly<Record<SeccompFlag, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1 << 0,
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1 << 5,
}
/** Those that a profile may name. */
export const settable: ReadonlySet<string> = new Set(Object.keys(bits))

const NEW_LISTENER = 1 << 3
/** A listener and a thread that cannot follow would be one number: with it that is an error of its own. */
const TSYNC_ESRCH = 1 << 4

/** For SECCOMP_SET_MODE_FILTER. With NEW_LISTENER among them it returns the listener. */
export function filterFlags(seccomp: Seccomp): number {
  const { flags = [] } = seccomp
  const wanted = flags.reduce((all, flag) => all | bits[flag], 0)
  if (!notifies(seccomp)) return wanted & ~bits.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV // it is about the listener alone
  const both = (wanted & bits.SECCOMP_FILTER_FLAG_TSYNC) === 0 ? 0 : TSYNC_ESRCH
  return wanted | NEW_LISTENER | both
}
