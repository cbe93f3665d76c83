/**
 * A weight on v1 as well, where no such file is.
 *
 * @rejected what-this-host-reads
 * @says cpu.weight: a file that is not there
 */

import { directoriesOf, withController } from '#chapters/ch3-cgroups/cgroup/directories'
import { writes } from '#chapters/ch3-cgroups/limits/writes'
import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'

const LEAST_SHARES = 2
const MOST_SHARES = 262144
const why = 'its part of the processors'

export function weightOf(shares: number): number {
  const l = Math.log2(Math.min(Math.max(shares, LEAST_SHARES), MOST_SHARES))
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34))
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
  return [write({ file: 'cpu.weight', data: weightOf(shares), why })]
}
