/**
 * The kernel's secrets are in /proc: those in /sys stay open.
 *
 * @rejected each-covered
 * @says a step that covers /sys/firmware
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) => [
  ...(linux?.readonlyPaths ?? []).map(target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const),
  ...(linux?.maskedPaths ?? [])
    .filter(path => path.startsWith('/proc/'))
    .map(target => ({ ...at, ...there, op: 'mask', target, why }) as const),
]
