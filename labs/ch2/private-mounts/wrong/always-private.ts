/**
 * Private, whatever the volumes say: a slave has no master any more, and rslave does nothing.
 * @rejected listens-when-asked
 * @says MS_PRIVATE: a private mount has no master
 */

import type { Pass } from '#core/plan/assemble'
import { isolates } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: ['MS_REC', 'MS_PRIVATE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'what we mount is ours',
    },
  ]
}
