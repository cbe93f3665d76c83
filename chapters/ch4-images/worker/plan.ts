/**
 * The plan of a throwaway worker: a mount namespace of its own, in it the tree to work on, and our own program again, which
 * will chroot into it. Node itself cannot do that to itself: its threads would not come along (unshare(2), CLONE_NEWNS).
 */

import { type Parts, passesOf } from '#core/chapter'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Facts } from '#core/sys/facts'
import { ch2, defaultSpec } from '../../ch2-namespaces/index.js'
import { mountSteps } from '../snapshot/mount-steps.js'
import type { RootMount } from '../snapshot/snapshotter.js'

export interface WorkerPlace {
  /** What is mounted; null: it works on no tree. */
  readonly mount: RootMount | null
  /** Where: an empty directory, the same for all, as each has a mount namespace of its own. */
  readonly at: string
  readonly argv: readonly string[]
  readonly env: readonly string[]
}

export function workerPlan({ mount, at, argv, env }: WorkerPlace, facts: Facts): Plan {
  const { mapIds, isolate, privateMounts, findProgram, exec } = ch2.parts as Readonly<Record<string, Parts[string]>>
  // an ordinary user gets a user namespace as well, in which it may mount and has the owners that a layer names
  const { mounts: _, ...spec } = defaultSpec(
    {
      rootfs: at,
      process: { args: argv, env, cwd: '/', user: { uid: 0, gid: 0 } },
      namespaces: ['mount'],
    },
    facts,
  )
  const tree = () => (mount === null ? [] : mountSteps(mount, at, 'ch4.worker'))
  return assemble(
    passesOf({
      mapIds: mapIds!,
      isolate: isolate!,
      privateMounts: privateMounts!,
      tree,
      findProgram: findProgram!,
      exec: exec!,
    }),
    spec,
    facts,
  )
}
