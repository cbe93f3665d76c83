/** What lies at a path while a plan's mounts are made: played through from a rootfs in which there is nothing yet. */

import type { Step } from '#core/plan/step'

export interface Misplaced {
  /** Of the step, in the list that was played. */
  readonly at: number
  readonly why: string
}

/** A mount of something new, not a change of one that is there. */
export const isNewMount = (step: Step): step is Step<'mount'> =>
  step.op === 'mount' && (step.fstype !== null || step.flags.includes('MS_BIND')) && !step.flags.includes('MS_REMOUNT')

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

/**
 * @param files sources that are no directories
 * @returns the first step that would fail, and what there is at each path in the end
 */
export function playMounts(
  steps: readonly Step[],
  files: readonly string[],
): { readonly misplaced: Misplaced | null; readonly places: ReadonlyMap<string, 'directory' | 'file'> } {
  const places = new Map<string, 'directory' | 'file'>([['/', 'directory']])
  const fail = (at: number, why: string) => ({ misplaced: { at, why }, places })
  for (const [at, step] of steps.entries()) {
    if (step.op === 'mkdir' || step.op === 'mknod') {
      const { target } = step
      if (places.get(parentOf(target)) !== 'directory')
        return fail(at, `${parentOf(target)} is not there to make ${target} in`)
      if (!places.has(target)) places.set(target, step.op === 'mkdir' ? 'directory' : 'file')
    } else if (isNewMount(step)) {
      const { target, source } = step
      const place = places.get(target)
      const kind = source !== null && step.flags.includes('MS_BIND') && files.includes(source) ? 'file' : 'directory'
      if (place === undefined) return fail(at, `there is no ${target} at that moment`)
      if (place !== kind) return fail(at, `a ${kind} on a ${place}: ${target}`)
      // what was there before lies under it now
      for (const path of places.keys()) if (path.startsWith(`${target}/`)) places.delete(path)
    }
  }
  return { misplaced: null, places }
}
