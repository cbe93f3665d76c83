/**
 * With the time of each file: every checkout, and every touch, builds all of it anew.
 *
 * @rejected nothing-by-chance
 * @says a file that was touched
 */

import type { Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'
import { canonical } from '#chapters/ch4-images/build/canonical'

export function cacheKeyText(ground: Ground, step: StepSeen): string {
  const key = (seen: object): string => canonical({ ground, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') {
    const { proxies, ...seen } = step
    return key(seen)
  }
  const files = [...step.files]
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
