/**
 * The names of the files, as the instruction has them: an edited file is never copied again.
 *
 * @rejected all-that-is-copied
 * @says other content under the same name
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
  const files = step.files.map(({ mtime, content, ...file }) => file)
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
