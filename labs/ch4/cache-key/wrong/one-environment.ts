/**
 * ENV and ARG thrown together. The one stays in the image, the other does not.
 *
 * @rejected all-that-a-command-sees
 * @says ENV for an ARG
 */

import type { Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'
import { canonical } from '#chapters/ch4-images/build/canonical'

export function cacheKeyText(ground: Ground, step: StepSeen): string {
  const key = (seen: object): string => canonical({ ground, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') {
    const { proxies, buildArgs, env, ...seen } = step
    return key({ ...seen, env: { ...env, ...buildArgs } })
  }
  const files = step.files.map(({ mtime, ...file }) => file)
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
