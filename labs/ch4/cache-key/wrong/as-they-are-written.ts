/**
 * JSON.stringify, which keeps the order in which somebody happened to write the fields.
 *
 * @rejected nothing-by-chance
 * @says ENV in another order
 */

import type { Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'

export function cacheKeyText(ground: Ground, step: StepSeen): string {
  const key = (seen: object): string => JSON.stringify({ ground, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') {
    const { proxies, ...seen } = step
    return key(seen)
  }
  const files = step.files.map(({ mtime, ...file }) => file)
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
