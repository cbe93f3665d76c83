/** The root of a RUN, and the trees of other stages and images that it binds directories out of. Pure. */

import type { Pass } from '#core/plan/assemble'
import { imageRoot } from '../container/image-root.js'
import { mountSteps } from '../snapshot/mount-steps.js'
import type { RootMount } from '../snapshot/snapshotter.js'

export interface Trees {
  readonly root: RootMount
  readonly trees: readonly { readonly mount: RootMount; readonly at: string }[]
}

/** The trees of others come first: what is bound out of them is mounted by ch2's mounts, later in the same phase. */
export const rootsOf = ({ root, trees }: Trees): Pass => {
  const own = imageRoot(root)
  return (spec, facts) => [
    ...own(spec, facts),
    ...trees.flatMap(({ mount, at }) => mountSteps(mount, at, 'ch4.buildMounts')),
  ]
}
