/**
 * What cannot be written to is safe: but keys are read.
 *
 * @rejected each-covered
 * @says can still be read
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) =>
  [...(linux?.readonlyPaths ?? []), ...(linux?.maskedPaths ?? [])].map(
    target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const,
  )
