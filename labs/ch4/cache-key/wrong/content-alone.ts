/**
 * The content alone: a renamed file keeps its old name in the image.
 *
 * @rejected all-that-is-copied
 * @says the same content under another name
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
  return key({ ...step, files: step.files.map(({ content }) => content).sort() })
}
