/**
 * What the kernel shows in /proc and /sys that is the machine's and no container's: some of it is covered, some may be read only.
 * Source: config-linux.md "Masked Paths", "Readonly Paths".
 */

import type { Pass } from '#core/plan/assemble'

const at = { phase: 'seal', by: 'ch7.masks' } as const

// #region part
/** Read-only first: a path may lie below one that is covered. What this kernel does not have needs no cover. */
export const masks: Pass = ({ linux }) => {
  // #region solution
  return [
    ...(linux?.readonlyPaths ?? []).map(
      target =>
        ({
          ...at,
          op: 'readonly_path',
          target,
          tolerate: ['ENOENT'],
          why: 'it may be read, and not written to',
        }) as const,
    ),
    ...(linux?.maskedPaths ?? []).map(
      target =>
        ({
          ...at,
          op: 'mask',
          target,
          tolerate: ['ENOENT'],
          why: "the machine's own: not to be seen",
        }) as const,
    ),
  ]
  // #endregion solution
}
// #endregion part
