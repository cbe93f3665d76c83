/**
 * As early as can be, in the phase enter: the namespace is not made yet, and it is the host whose mounts become private.
 * @rejected cut-off-from-the-host
 * @says it comes before unshare
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: ['MS_REC', listens(spec) ? 'MS_SLAVE' : 'MS_PRIVATE'],
      phase: 'enter',
      by: 'ch2.privateMounts',
      why: 'first of all',
    },
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
