/**
 * At the very end, when it is the user of the container already.
 *
 * @rejected last-of-all
 * @says may be an ordinary user
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(
    target => ({ ...at, phase: 'become', ...there, op: 'readonly_path', target, why }) as const,
  ),
  ...(linux?.maskedPaths ?? []).map(target => ({ ...at, phase: 'become', ...there, op: 'mask', target, why }) as const),
]
