/**
 * All flags in the call that binds, as one writes it in fstab: mount(2) ignores them there, and "ro" can be written to.
 *
 * @rejected flags-in-a-second-call
 * @says in the call that binds, which ignores it
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

function bindSteps(mount: Mount, { flags }: MountOptions): Step[] {
  const { destination: target, source = null } = mount
  return [{ ...at, op: 'mount', target, source, fstype: null, flags, data: null }]
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
