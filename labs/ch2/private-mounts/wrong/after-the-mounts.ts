/**
 * Right before pivot_root, which demands it: by then all mounts of the container have appeared on the host.
 * @rejected propagation-before-any-mount
 * @says breaks propagation-before-any-mount
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
      phase: 'pivot',
      by: 'ch2.privateMounts',
      why: 'pivot_root refuses a shared root',
    },
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
