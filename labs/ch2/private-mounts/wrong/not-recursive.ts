/**
 * mount --make-private / without the r: "/" alone is cut off, and every mount below it is still shared.
 * @rejected the-whole-tree
 * @says stay as they were
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: [listens(spec) ? 'MS_SLAVE' : 'MS_PRIVATE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'what we mount is ours',
    },
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
