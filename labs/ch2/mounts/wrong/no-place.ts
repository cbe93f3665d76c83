/**
 * No mount point is made: every rootfs that was tried had a /proc.
 *
 * @rejected a-place-to-mount-on
 * @says there is no /proc at that moment
 */

import { type MountOptions, mountOptions } from '#chapters/ch2-namespaces/mount-options'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Mount } from '#core/spec/runtime'

const at = { phase: 'root', by: 'lab', why: 'asked for by the spec' } as const

export const mounts: Pass = spec => (spec.mounts ?? []).flatMap(mount => stepsFor(mount))

function stepsFor(mount: Mount): Step[] {
  const { destination: target, source = null, type = null } = mount
  const options = mountOptions(mount.options ?? [])
  const { flags, data } = options

  return [
    ...(flags.includes('MS_BIND')
      ? bindSteps(mount, options)
      : [{ ...at, op: 'mount', target, source: source ?? type, fstype: type, flags, data } as const]),
    ...options.propagation.map(
      (words): Step => ({ ...at, op: 'mount', target, source: null, fstype: null, flags: words, data: null }),
    ),
  ]
}

function bindSteps(mount: Mount, { flags, changes }: MountOptions): Step[] {
  const { destination: target, source = null } = mount
  const own = flags.filter(flag => flag === 'MS_BIND' || flag === 'MS_REC')
  return [
    { ...at, op: 'mount', target, source, fstype: null, flags: own, data: null },
    ...changes.map((change): Step => ({ ...at, op: 'mount_setattr', target, ...change })),
  ]
}

export const mountPoint = (): Step[] => []
