/**
 * All names, and all contents: which belongs to which is lost.
 *
 * @rejected all-that-is-copied
 * @says two files that changed places
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
  const { files, ...rest } = step
  const each = <T>(of: (file: (typeof files)[number]) => T): string[] => files.map(file => canonical(of(file))).sort()
  return key({
    ...rest,
    names: each(({ path, kind, mode, owner, xattrs }) => ({ path, kind, mode, owner, xattrs })),
    contents: each(({ content }) => content),
  })
}
