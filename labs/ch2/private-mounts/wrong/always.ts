/**
 * Does not look whether there is a mount namespace: with --no-mount it is the host's table that is changed.
 * @rejected only-its-own
 * @says a propagation step
 */

import type { Pass } from '#core/plan/assemble'
import type { Spec } from '#core/spec/runtime'

export const privateMounts: Pass = spec => [
  {
    op: 'propagation',
    path: '/',
    flags: ['MS_REC', listens(spec) ? 'MS_SLAVE' : 'MS_PRIVATE'],
    phase: 'root',
    by: 'ch2.privateMounts',
    why: 'what we mount is ours',
  },
]

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
