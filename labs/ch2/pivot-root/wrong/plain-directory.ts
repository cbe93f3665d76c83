/**
 * The rootfs is turned to as the plain directory that it is: everyone meets this once, as EBUSY or as EINVAL.
 *
 * @rejected a-mount-of-its-own
 * @says it stays a plain directory
 */

import { parts as ch1 } from '#chapters/ch1-chroot/index'
import type { Pass } from '#core/plan/assemble'
import { isolates } from '#core/spec/runtime'

const root = { phase: 'root', by: 'lab' } as const
const pivot = { phase: 'pivot', by: 'lab' } as const

export const pivotRoot: Pass = (spec, facts) => {
  if (!isolates(spec, 'mount')) return ch1.enterRoot(spec, facts)
  const { path } = spec.root
  return [
    { ...root, op: 'open_root', path, why: 'targets are resolved below it' },
    { ...pivot, op: 'fchdir', fd: 'root', why: 'stand in the new root' },
    { ...pivot, op: 'pivot_root', newRoot: '.', putOld: '.', why: 'it becomes the root' },
    { ...pivot, op: 'umount', path: '.', flags: ['MNT_DETACH'], why: 'the old root goes' },
    { ...pivot, op: 'chdir', path: '/', why: 'stand in what is there' },
  ]
}
