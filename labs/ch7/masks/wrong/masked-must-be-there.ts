/**
 * The errors of one list are forgiven, and those of the other are not.
 *
 * @rejected what-is-not-there
 * @says needs no cover
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const),
  ...(linux?.maskedPaths ?? []).map(target => ({ ...at, op: 'mask', target, why }) as const),
]
