/**
 * The share of processor time when there is not enough for all: v1 counts in shares (2 … 262144, usually 1024), v2 in
 * weights (1 … 10000, usually 100). Source: sched-design-CFS, cgroup-v2.rst "cpu.weight".
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'
import { directoriesOf, withController } from '../cgroup/directories.js'
import { writes } from './writes.js'

const LEAST_SHARES = 2
const MOST_SHARES = 262144
const MOST_WEIGHT = 10000

// #region part
/**
 * Shares as a weight: a parabola over the logarithms through (2, 1), (1024, 100) and (262144, 10000), rounded up: so that
 * who says nothing has the same part on both. As runc does it (opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value).
 */
export function weightOf(shares: number): number {
  // #region solution-weight
  if (shares <= LEAST_SHARES) return 1
  if (shares >= MOST_SHARES) return MOST_WEIGHT
  const l = Math.log2(shares)
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34))
  // #endregion solution-weight
}

/** The least shares that have this weight. */
export function sharesOf(weight: number): number {
  // #region solution-shares
  let [low, high] = [LEAST_SHARES, MOST_SHARES]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (weightOf(middle) < weight) low = middle + 1
    else high = middle
  }
  return low
  // #endregion solution-shares
}

export const cpuWeight: Pass = (spec, facts): HostStep[] => {
  const shares = spec.linux?.resources?.cpu?.shares
  const directory = withController(directoriesOf(spec, facts), 'cpu')
  // #region solution-pass
  if (shares === undefined || shares === 0 || directory === undefined) return []
  const write = writes('ch3.cpuWeight', directory.path, 'cpu.shares (--cpu-shares)')
  return directory.version === 2
    ? [
        write(
          'cpu.weight',
          weightOf(shares),
          `${shares} shares, as v2 counts them: a part of what others leave or want`,
        ),
      ]
    : [write('cpu.shares', shares, 'its part of the processors when all want them')]
  // #endregion solution-pass
}
// #endregion part
