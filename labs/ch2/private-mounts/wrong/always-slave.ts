/**
 * Slave, whatever the volumes say, as it stands in many a tutorial: what the host mounts later appears in every container.
 * @rejected private-by-default
 * @says MS_SLAVE
 */

import type { Pass } from '#core/plan/assemble'
import { isolates } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: ['MS_REC', 'MS_SLAVE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'nothing gets out',
    },
  ]
}
