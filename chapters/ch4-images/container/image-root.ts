/** The root of a container from an image: the snapshot's mount in the place of ch2's bind, all else as it was. */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { ch2, mountPoint } from '../../ch2-namespaces/index.js'
import { mountSteps } from '../snapshot/mount-steps.js'
import type { RootMount } from '../snapshot/snapshotter.js'

// #region part
/** pivot_root wants a mount: an overlay is one already, and nothing has to be bound on itself. */
export const imageRoot =
  (mount: RootMount): Pass =>
  (spec, facts) =>
    ch2.parts.enterRoot!(spec, facts).flatMap(step =>
      step.op === 'bind_root' ? mountSteps(mount, step.path, 'ch4.imageRoot') : [step],
    )
// #endregion part

/** Docker makes the working directory that an image names and does not have. */
export const workdir: Pass = ({ process: { cwd } }) =>
  mountPoint(cwd, false).map(
    (step): Step => ({ ...step, by: 'ch4.workdir', why: 'the image may name it without having it' }),
  )
