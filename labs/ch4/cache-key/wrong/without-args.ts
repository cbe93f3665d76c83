/**
 * ARG is no ENV, and so it is forgotten: VERSION=2 gives the image of VERSION=1.
 *
 * @rejected all-that-a-command-sees
 * @says another value of ARG
 */

import type { Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'
import { canonical } from '#chapters/ch4-images/build/canonical'

export function cacheKeyText(ground: Ground, step: StepSeen): string {
  const key = (seen: object): string => canonical({ ground, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') {
    const { proxies, buildArgs, ...seen } = step
    return key(seen)
  }
  const files = step.files.map(({ mtime, ...file }) => file)
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
