/** From a snapshot's mount to steps of a plan: what makes `at` the root file system, in a mount namespace of its own. Pure. */

import type { Step } from '#core/plan/step'
import type { RootMount } from './snapshotter.js'

/** The data of mount(2). */
export function overlayData(mount: Extract<RootMount, { type: 'overlay' }>): string {
  const { lower, upper, work, options } = mount
  const own = upper === null ? [] : [`upperdir=${upper}`, `workdir=${work}`]
  return [`lowerdir=${lower.join(':')}`, ...own, ...options].join(',')
}

/** @param by the pass, as `chN.part` */
export function mountSteps(mount: RootMount, at: string, by: string): Step[] {
  const root = { phase: 'root', by, op: 'mount_root', path: at } as const
  if (mount.type === 'bind') {
    const bind: Step = {
      ...root,
      source: mount.source,
      fstype: null,
      flags: ['MS_BIND'],
      data: null,
      why: 'one directory alone: there is nothing to merge',
    }
    if (!mount.readonly) return [bind]
    const flags = ['MS_BIND', 'MS_REMOUNT', 'MS_RDONLY'] as const
    return [bind, { ...root, source: null, fstype: null, flags, data: null, why: 'a view: nobody writes into a layer' }]
  }
  return [
    {
      phase: 'root',
      by,
      op: 'chdir',
      path: mount.base,
      why: 'the layers are named from here: one page is all that mount(2) takes of options',
    },
    {
      ...root,
      source: 'overlay',
      fstype: 'overlay',
      flags: [],
      data: overlayData(mount),
      why: 'the layers as one tree: read from the topmost that has it, written into the uppermost',
    },
  ]
}
