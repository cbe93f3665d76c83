/**
 * Sets private and slave in one call: mount(2) wants one of the four, and says EINVAL.
 * @rejected cut-off-from-the-host
 * @says takes exactly one
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: listens(spec) ? ['MS_REC', 'MS_PRIVATE', 'MS_SLAVE'] : ['MS_REC', 'MS_PRIVATE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'nothing gets out, and a slave listens',
    },
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
