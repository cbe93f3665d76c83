/** What seccomp(2) is told beside the program. Pure. Source: seccomp(2), include/uapi/linux/seccomp.h. */

import type { Seccomp } from '#core/spec/runtime'
import type { SeccompFlag } from '#core/sys/constants'
import { notifies } from './compile.js'

/** For SECCOMP_SET_MODE_FILTER. With NEW_LISTENER among them it returns the listener. */
export function filterFlags(seccomp: Seccomp): readonly SeccompFlag[] {
  const wanted = seccomp.flags ?? []
  // what is to be waited for is the listener alone
  if (!notifies(seccomp)) return wanted.filter(flag => flag !== 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV')
  // a listener and a thread that cannot follow would be one number: with it that is an error of its own
  const both = wanted.includes('SECCOMP_FILTER_FLAG_TSYNC') ? (['SECCOMP_FILTER_FLAG_TSYNC_ESRCH'] as const) : []
  return [...wanted, 'SECCOMP_FILTER_FLAG_NEW_LISTENER', ...both]
}
