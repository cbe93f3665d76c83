/**
 * --no-pivot: for machines whose root is the kernel's first one, an initramfs, which cannot be pivoted away (EINVAL). The rootfs is moved
 * on top of "/" in its place, and chroot goes there. It is a mount on the mount of all: nothing is above it, and ".." leads nowhere.
 *
 * What that costs: the host's mounts are only covered. Whoever may unmount finds them below; and the kernel, which gives a new proc to a
 * user namespace only where one without masks is in sight, would count the host's. So those go. Source: pivot_root(2), NOTES;
 * move_mount(2); runc's --no-pivot. Pure.
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'

const at = { phase: 'pivot', by: 'ch7.noPivot' } as const

/** @param enterRoot that pivots @param mountinfo the host's: proc_pid_mountinfo(5) */
export const moving =
  (enterRoot: Pass, mountinfo: string): Pass =>
  (spec, facts) => {
    const steps = enterRoot(spec, facts)
    if (steps.every(({ op }) => op !== 'pivot_root')) return steps // no mounts of its own
    return steps.flatMap((step): Step[] => {
      if (step.op === 'umount') return [] // nothing lies on top
      if (step.op !== 'pivot_root') return [step]
      const isOurs = !isolates(spec, 'user')
      return [
        ...wholeOf(mountinfo, spec.root.path).map(path => (isOurs ? gone(path) : covered(path))),
        { ...at, op: 'move_root', fd: 'root', path: '/', why: 'it lies on top of "/": nothing is above it' },
        { ...at, op: 'chroot', path: '.', why: 'into what lies there: so far "/" is what it lies on' },
      ]
    })
  }

const gone = (path: string): Step => ({
  ...at,
  op: 'umount',
  path,
  flags: ['MNT_DETACH'],
  tolerate: ['EINVAL', 'ENOENT'], // it went with another
  why: 'all of the host that the kernel would show again, in a user namespace inside',
})

/** In a user namespace mounts of the host stay where they are. */
const covered = (path: string): Step => ({
  ...at,
  op: 'mount_root',
  source: 'tmpfs',
  path,
  fstype: 'tmpfs',
  flags: [],
  data: null,
  tolerate: ['ENOENT'], // it lies below another
  why: 'it cannot be unmounted here: what lies on top of it is empty',
})

/** Where proc and sysfs are mounted whole, but below the rootfs. */
function wholeOf(mountinfo: string, rootfs: string): string[] {
  return mountinfo.split('\n').flatMap(line => {
    const [, root, point = ''] = /^\d+ \d+ \S+ (\S+) (\S+) .* - (?:proc|sysfs) /.exec(line) ?? []
    const path = point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    return root === '/' && !`${path}/`.startsWith(`${rootfs}/`) ? [path] : []
  })
}
