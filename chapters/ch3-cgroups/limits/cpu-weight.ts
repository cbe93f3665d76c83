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

// #region part
/**
 * Shares as a weight: a parabola over the logarithms through (2, 1), (1024, 100) and (262144, 10000), rounded up: so that
 * who says nothing has the same part on both. As runc does it (opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value).
 */
export function weightOf(shares: number): number {
  // #region solution-weight
  const l = Math.log2(Math.min(Math.max(shares, LEAST_SHARES), MOST_SHARES))
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
  const { shares = 0 } = spec.linux?.resources?.cpu ?? {} // 0: nothing is said
  const directory = withController(directoriesOf(spec, facts), 'cpu')
  if (directory === undefined) return []
  const write = writes('ch3.cpuWeight', directory.path, 'cpu.shares (--cpu-shares)')
  // #region solution-pass
  if (shares === 0) return []
  if (directory.version === 1) {
    return [write({ file: 'cpu.shares', data: shares, why: 'its part of the processors when all want them' })]
  }
  const why = `${shares} shares, as v2 counts them: a part of what others leave or want`
  return [write({ file: 'cpu.weight', data: weightOf(shares), why })]
  // #endregion solution-pass
}
// #endregion part
