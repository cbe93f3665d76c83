/**
 * Without masked paths it takes care of none: the two lists have nothing to do with each other.
 *
 * @rejected each-read-only
 * @says in the case 'read-only paths alone'
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'lab' } as const
const there = { tolerate: ['ENOENT'] } as const
const why = "the machine's own"

export const masks: Pass = ({ linux }) =>
  linux?.maskedPaths === undefined
    ? []
    : [
        ...(linux.readonlyPaths ?? []).map(target => ({ ...at, ...there, op: 'readonly_path', target, why }) as const),
        ...linux.maskedPaths.map(target => ({ ...at, ...there, op: 'mask', target, why }) as const),
      ]
