/**
 * The base, but not the machine: a program for arm64 in an image for amd64.
 *
 * @rejected on-what-it-stands
 * @says for another platform
 */

import type { Ground, StepSeen } from '#chapters/ch4-images/build/cache-key'
import { canonical } from '#chapters/ch4-images/build/canonical'

export function cacheKeyText(ground: Ground, step: StepSeen): string {
  const key = (seen: object): string => canonical({ below: ground.chainId, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') {
    const { proxies, ...seen } = step
    return key(seen)
  }
  const files = step.files.map(({ mtime, ...file }) => file)
  return key({ ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) })
}
