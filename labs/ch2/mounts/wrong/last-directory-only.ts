/**
 * mkdir of the target alone, where mkdir -p was meant: works for /data, not for /srv/data.
 *
 * @rejected a-place-to-mount-on
 * @says /srv is not there to make /srv/data in
 */

import { type MountOptions, mountOptions } from '#chapters/ch2-namespaces/mount-options'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Mount } from '#core/spec/runtime'

const at = { phase: 'root', by: 'lab', why: 'asked for by the spec' } as const

export const mounts: Pass = (spec, facts) => (spec.mounts ?? []).flatMap(mount => stepsFor(mount, facts.files))

function stepsFor(mount: Mount, files: readonly string[]): Step[] {
  const { destination: target, source = null, type = null } = mount
  const options = mountOptions(mount.options ?? [])
  const { flags, data } = options
  const isFile = source !== null && files.includes(source)
  return [
    ...mountPoint(target, isFile),
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

export function mountPoint(target: string, isFile: boolean): Step[] {
  return isFile
    ? [{ ...at, op: 'mknod', target, type: 'file', mode: 0o644, tolerate: ['EEXIST'] }]
    : [{ ...at, op: 'mkdir', target, mode: 0o755, tolerate: ['EEXIST'] }]
}
