/**
 * The paths that Docker covers, whatever config.json says.
 *
 * @rejected each-covered
 * @says /proc/scsi is, too
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"
const covered = ['/proc/asound', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware', '/proc/scsi']

export const masks: Pass = ({ linux }) => [
  ...covered.map(target => ({ ...at, ...there, op: 'mask', target, why }) as const),
  ...(linux?.readonlyPaths ?? []).map(target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const),
]
