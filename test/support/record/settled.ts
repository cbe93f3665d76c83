/** Curves differ a little each time. Those on the site stay as long as a new run shows the same, give or take. */

import type { CgroupData } from '../../../site/.vitepress/theme/toys/cgroup-data.js'

/** Of a value, and of a curve's length, beside two of its units. */
const tolerance = 0.06

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(2, tolerance * Math.max(a, b))

/** Numbers by how near they are; curves by their length and by nine of ten points; the rest by being the same. */
export function isAlike(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return isNear(a, b)
  if (Array.isArray(a) && Array.isArray(b)) {
    const shorter = Math.min(a.length, b.length)
    const near = a.slice(0, shorter).filter((value, i) => isAlike(value, b[i])).length
    return isNear(a.length, b.length) && near >= 0.9 * shorter
  }
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const keys = Object.keys(a) as (keyof object)[]
    return keys.length === Object.keys(b).length && keys.every(key => isAlike(a[key], b[key]))
  }
  return a === b
}

/** What was recorded before, with those runs exchanged that are others now. */
export function settled(before: CgroupData, now: CgroupData): CgroupData {
  const keep = <Run extends { readonly limit: number }>(old: readonly Run[], fresh: readonly Run[]): Run[] =>
    fresh.map(run => old.find(other => other.limit === run.limit && isAlike(other, run)) ?? run)
  return {
    ...now,
    cpu: keep(before.cpu, now.cpu),
    memory: keep(before.memory, now.memory),
    pids: keep(before.pids, now.pids),
  }
}
