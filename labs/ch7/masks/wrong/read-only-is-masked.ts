/**
 * Read-only paths are covered as well: programs that read /proc/sys find nothing there.
 *
 * @rejected each-covered
 * @says /proc/bus is, too
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) =>
  [...(linux?.readonlyPaths ?? []), ...(linux?.maskedPaths ?? [])].map(
    target => ({ ...at, ...there, op: 'mask', target, why }) as const,
  )
