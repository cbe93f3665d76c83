/** Joining the cgroup of a container that runs: who is put into its namespaces shares its limits, too. */

import type { Pass } from '#core/plan/assemble'
import type { Spec } from '#core/spec/runtime'
import { directoriesOf } from './directories.js'

/** @param container the spec of the one to join */
export const joinCgroup =
  (container: Spec): Pass =>
  (_, facts) =>
    directoriesOf(container, facts).map(({ path }) => ({
      op: 'join_cgroup',
      phase: 'join',
      by: 'ch3.joinCgroup',
      path,
      of: 'stage',
      why: "what runs in there counts as the container's, and is limited with it",
    }))
