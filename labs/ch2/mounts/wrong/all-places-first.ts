/**
 * All mount points are made before the first mount: the tmpfs on /dev then covers /dev/pts.
 *
 * @rejected a-place-to-mount-on
 * @says there is no /dev/pts at that moment
 */

import { type MountOptions, mountOptions } from '#chapters/ch2-namespaces/mount-options'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Mount } from '#core/spec/runtime'

const at = { phase: 'root', by: 'lab', why: 'asked for by the spec' } as const

export const mounts: Pass = (spec, facts) => {
  const all = spec.mounts ?? []
  const isFile = ({ source }: Mount) => source !== undefined && facts.files.includes(source)
  return [...all.flatMap(one => mountPoint(one.destination, isFile(one))), ...all.flatMap(one => stepsFor(one))]
}

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

export function mountPoint(target: string, isFile: boolean): Step[] {
  const names = target.split('/').slice(1)
  return names.map((_, i) => {
    const path = `/${names.slice(0, i + 1).join('/')}`
    return isFile && i === names.length - 1
      ? { ...at, op: 'mknod', target: path, type: 'file', mode: 0o644, tolerate: ['EEXIST'] }
      : { ...at, op: 'mkdir', target: path, mode: 0o755, tolerate: ['EEXIST'] }
  })
}
