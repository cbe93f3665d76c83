/**
 * One rule up to the usual share, another above it; and where they meet, more is less.
 *
 * @rejected never-falls
 * @says and weightOf(
 */

import { directoriesOf, withController } from '#chapters/ch3-cgroups/cgroup/directories'
import { writes } from '#chapters/ch3-cgroups/limits/writes'
import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'

const LEAST_SHARES = 2
const MOST_SHARES = 262144
const why = 'its part of the processors'

export function weightOf(shares: number): number {
  const one = Math.min(Math.max(shares, LEAST_SHARES), MOST_SHARES)
  if (one <= 1024) return Math.max(1, Math.round((one * 100) / 1024))
  return Math.max(1, Math.ceil((one * 10000) / MOST_SHARES))
}

export function sharesOf(weight: number): number {
  let [low, high] = [LEAST_SHARES, MOST_SHARES]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (weightOf(middle) < weight) low = middle + 1
    else high = middle
  }
  return low
}

export const cpuWeight: Pass = (spec, facts): HostStep[] => {
  const { shares = 0 } = spec.linux?.resources?.cpu ?? {}
  const directory = withController(directoriesOf(spec, facts), 'cpu')
  if (directory === undefined) return []
  const write = writes('lab', directory.path, 'cpu.shares')
  if (shares === 0) return []
  if (directory.version === 1) return [write({ file: 'cpu.shares', data: shares, why })]
  return [write({ file: 'cpu.weight', data: weightOf(shares), why })]
}
