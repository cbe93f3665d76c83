/**
 * Cuts off the rootfs, where all the mounting will be done: but that is no mount yet, and what is above it stays shared.
 * @rejected cut-off-from-the-host
 * @says alone
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: spec.root.path,
      flags: ['MS_REC', listens(spec) ? 'MS_SLAVE' : 'MS_PRIVATE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'what we mount in there is ours',
    },
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
