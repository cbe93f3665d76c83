/**
 * Name and content: chmod +x in the sources has no effect.
 *
 * @rejected all-that-is-copied
 * @says a file that can be executed
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
  const files = step.files.map(({ path, kind, owner, content, xattrs }) => ({ path, kind, owner, content, xattrs }))
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
