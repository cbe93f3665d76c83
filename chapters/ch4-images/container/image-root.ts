/** The root of a container from an image: the snapshot's mount in the place of ch2's bind, all else as it was. */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'
import { ch2, mountPoint } from '../../ch2-namespaces/index.js'
import { mountSteps } from '../snapshot/mount-steps.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { unsynced } from '../snapshot/unsynced.js'

const by = 'ch4.imageRoot'

// #region part
/**
 * pivot_root wants a mount: an overlay is one already, and nothing has to be bound on itself.
 *
 * @param of `passing`: what is written goes when the container ends
 */
export const imageRoot =
  (of: RootMount, { passing } = { passing: false }): Pass =>
  (spec, facts) => {
    const mount = passing ? unsynced(of, facts.kernel) : of
    // root of the machine gives the layers another owner in there; any other user has mapped itself, and mounts them itself
    const mapped = isolates(spec, 'user') && facts.uid === 0
    return ch2.parts.enterRoot!(spec, { ...facts, idmap: false }).flatMap(step => {
      if (step.op !== 'bind_root') return [step]
      return mapped ? mappedSteps(mount, step.path) : mountSteps(mount, step.path, by)
    })
  }
// #endregion part

const why = "layers as they lie on the disk, root of the container the owner of what is root's"

/** Made on the host, before the user namespace owns anything, and attached by who is in it. */
function mappedSteps(mount: RootMount, path: string): Step[] {
  const tree = { phase: 'map', by, of: 'stage', why } as const
  const { base, lower, upper, work, options } = mount as Extract<RootMount, { type: 'overlay' }>
  return [
    mount.type === 'bind'
      ? { ...tree, op: 'idmap_tree', path: mount.source }
      : { ...tree, op: 'overlay_tree', base, lower, upper, work, options },
    {
      phase: 'root',
      by,
      op: 'move_root',
      fd: 'tree',
      path,
      why: 'pivot_root takes only a mount: the mapped tree is one',
    },
  ]
}

/** Docker makes the working directory that an image names and does not have. */
export const workdir: Pass = ({ process: { cwd } }) =>
  mountPoint(cwd, false).map(
    (step): Step => ({ ...step, by: 'ch4.workdir', why: 'the image may name it without having it' }),
  )
