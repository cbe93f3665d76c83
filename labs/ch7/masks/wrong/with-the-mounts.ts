/**
 * Right behind the mounts: what hooks mount, they mount on top.
 *
 * @rejected last-of-all
 * @says can put something on top of it
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(
    target => ({ ...at, phase: 'root', ...there, op: 'readonly_path', target, why }) as const,
  ),
  ...(linux?.maskedPaths ?? []).map(target => ({ ...at, phase: 'root', ...there, op: 'mask', target, why }) as const),
]
