/**
 * Takes MS_SHARED for "may be shared out, and is safe then": it is the very thing that is to be switched off.
 * @rejected cut-off-from-the-host
 * @says that is what lets mounts out
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: ['MS_REC', listens(spec) ? 'MS_SHARED' : 'MS_PRIVATE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'volumes may be shared',
    },
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
