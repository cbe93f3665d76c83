/**
 * It goes on when the kernel refuses to make something read-only.
 *
 * @rejected else-it-fails
 * @says cannot be made read-only
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(
    target => ({ ...at, tolerate: ['ENOENT', 'EBUSY'], op: 'readonly_path', target, why }) as const,
  ),
  ...(linux?.maskedPaths ?? []).map(target => ({ ...at, ...there, op: 'mask', target, why }) as const),
]
