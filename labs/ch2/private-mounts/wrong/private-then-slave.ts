/**
 * Private in any case, and then a slave where one listens: on paper that ends as a slave, but one without a master.
 * Only a real run shows it.
 * @rejected hears-of-the-host
 * @says shows inside
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

const at = { op: 'propagation', path: '/', phase: 'root', by: 'ch2.privateMounts' } as const

export const privateMounts: Pass = spec => {
  if (!isolates(spec, 'mount')) return []
  return [
    { ...at, flags: ['MS_REC', 'MS_PRIVATE'], why: 'what we mount is ours' },
    ...(listens(spec) ? [{ ...at, flags: ['MS_REC', 'MS_SLAVE'], why: 'a volume listens' } as const] : []),
  ]
}

const listens = ({ mounts = [] }: Spec): boolean =>
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
