/**
 * pivot_root first and then the step into the new root, as with chroot.
 *
 * @rejected turns-from-inside
 * @says stepped into only afterwards
 */

import { parts as ch1 } from '#chapters/ch1-chroot/index'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'

const root = { phase: 'root', by: 'lab' } as const
const pivot = { phase: 'pivot', by: 'lab' } as const

export const pivotRoot: Pass = (spec, facts) => {
  if (!isolates(spec, 'mount')) return ch1.enterRoot(spec, facts)
  const { path } = spec.root
  return [
    ...(isolates(spec, 'user') && facts.idmap ? idmappedRoot(path) : [bindRoot(path)]),
    { ...root, op: 'open_root', path, why: 'targets are resolved below it' },
    { ...pivot, op: 'pivot_root', newRoot: '.', putOld: '.', why: 'it becomes the root' },
    { ...pivot, op: 'fchdir', fd: 'root', why: 'stand in the new root' },
    { ...pivot, op: 'umount', path: '.', flags: ['MNT_DETACH'], why: 'the old root goes' },
    { ...pivot, op: 'chdir', path: '/', why: 'stand in what is there' },
  ]
}

const bindRoot = (path: string): Step => ({ ...root, op: 'bind_root', path, why: 'pivot_root takes only a mount' })

const idmappedRoot = (path: string): Step[] => [
  { op: 'idmap_tree', path, of: 'stage', phase: 'map', by: 'lab', why: 'owners seen through the map' },
  { ...root, op: 'move_root', fd: 'tree', path, why: 'pivot_root takes only a mount' },
]
