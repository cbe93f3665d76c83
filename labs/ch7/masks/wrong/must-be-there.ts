/**
 * Each path has to be there: on a kernel without sound no container starts.
 *
 * @rejected what-is-not-there
 * @says needs no protection
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(target => ({ ...at, op: 'readonly_path', target, why }) as const),
  ...(linux?.maskedPaths ?? []).map(target => ({ ...at, op: 'mask', target, why }) as const),
]
