/**
 * What begins as a masked path does is taken for being below it.
 *
 * @rejected each-read-only
 * @says in the case 'names that begin alike'
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? [])
    .filter(path => !linux?.maskedPaths?.some(cover => path.startsWith(cover)))
    .map(target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const),
  ...(linux?.maskedPaths ?? []).map(target => ({ ...at, ...there, op: 'mask', target, why }) as const),
]
