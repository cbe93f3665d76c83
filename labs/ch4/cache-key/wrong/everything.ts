/**
 * All that is known of the step: with the password of the proxy in it, and nobody else finds what was built.
 *
 * @rejected no-trace-of-secrets
 * @says the password of HTTP_PROXY
 */

import type { Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'
import { canonical } from '#chapters/ch4-images/build/canonical'

export function cacheKeyText(ground: Ground, step: StepSeen): string {
  const key = (seen: object): string => canonical({ ground, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') return key(step)
  const files = step.files.map(({ mtime, ...file }) => file)
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
