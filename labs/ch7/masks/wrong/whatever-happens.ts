/**
 * Whatever goes wrong, the container starts: with the keys of the machine in its hands.
 *
 * @rejected else-it-fails
 * @says cannot be covered
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const),
  ...(linux?.maskedPaths ?? []).map(
    target => ({ ...at, tolerate: ['ENOENT', 'EPERM', 'EACCES'], op: 'mask', target, why }) as const,
  ),
]
