/**
 * The mounts of the spec, in its order: /proc, /dev, /sys and what the user asked for.
 *
 * Each target is made if it is missing, one directory at a time, and resolved inside the rootfs. A bind mount takes its
 * flags in a second step, because mount(2) ignores them when it binds. Source: runtime-spec config.md "Mounts".
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Mount } from '#core/spec/runtime'
import { type MountOptions, mountOptions } from './mount-options.js'

const at = { phase: 'root', by: 'ch2.mounts' } as const

// #region part
export const mounts: Pass = (spec, facts) =>
  (spec.mounts ?? []).flatMap(mount => notBoundAgain(mount, stepsFor(mount, facts.files)))

function stepsFor(mount: Mount, files: readonly string[]): Step[] {
  const { destination: target, source = null, type = null } = mount
  const options = mountOptions(mount.options ?? [])
  // #region solution
  const { flags, data } = options
  const isFile = source !== null && files.includes(source)
  const own = { ...at, op: 'mount', target } as const
  return [
    ...mountPoint(target, isFile),
    ...(flags.includes('MS_BIND')
      ? bindSteps(mount, options)
      : [{ ...own, source: source ?? type, fstype: type, flags, data, why: reasonFor(target, type) }]),
    ...options.propagation.map(
      (propagation): Step => ({
        ...own,
        source: null,
        fstype: null,
        flags: propagation,
        data: null,
        why: 'whether what is mounted below it later is seen on the other side, too',
      }),
    ),
  ]
  // #endregion solution
}

function bindSteps(mount: Mount, { flags, changes, notForBind }: MountOptions): Step[] {
  const { destination: target, source = null } = mount
  const [unknown] = notForBind
  if (unknown !== undefined) {
    fail('InvalidArgument', {
      what: `mount '${target}': option '${unknown}'`,
      why: 'is none of a bind mount',
      hint: 'ro, nosuid, nodev, noexec, noatime …; rprivate, rslave; options of a file system go with its type',
    })
  }
  // #region solution-bind
  const bind: Step = {
    ...at,
    op: 'mount',
    source,
    target,
    fstype: null,
    flags: flags.filter(flag => flag === 'MS_BIND' || flag === 'MS_REC'),
    data: null,
    why: `a second sight of the host's ${source}`,
  }
  return [
    bind,
    ...changes.map(
      (change): Step => ({
        ...at,
        op: 'mount_setattr',
        target,
        ...change,
        why: 'mount(2) ignores these flags when it binds: they take a call of their own',
      }),
    ),
  ]
  // #endregion solution-bind
}

/** mkdir -p, and a file for a file; what is there already is as good. */
export function mountPoint(target: string, isFile: boolean): Step[] {
  // #region solution-mount-point
  const names = target.split('/').filter(name => name !== '')
  return names.map((_, i) => {
    const path = `/${names.slice(0, i + 1).join('/')}`
    const why = 'a place to mount on'
    return isFile && i === names.length - 1
      ? { ...at, op: 'mknod', target: path, type: 'file', mode: 0o644, tolerate: ['EEXIST'], why }
      : { ...at, op: 'mkdir', target: path, mode: 0o755, tolerate: ['EEXIST'], why }
  })
  // #endregion solution-mount-point
}
// #endregion part

/** `remount`: a bind that is there already is changed, and that is all. */
const notBoundAgain = ({ options = [] }: Mount, steps: readonly Step[]): readonly Step[] =>
  options.includes('remount') ? steps.filter(step => step.op !== 'mount' || !step.flags.includes('MS_BIND')) : steps

function reasonFor(target: string, type: string | null): string {
  const reasons: Readonly<Record<string, string>> = {
    proc: 'mounted from inside the pid namespace, it shows only that',
    sysfs: 'mounted from inside the network namespace, it shows only its devices',
    devpts: 'terminals of its own, numbered from 0',
    mqueue: 'the queues of the new ipc namespace',
  }
  if (target === '/dev') return 'an empty /dev: no disk of the host in it'
  if (target === '/dev/shm') return 'shared memory of its own'
  return reasons[type ?? ''] ?? 'asked for by the spec'
}
