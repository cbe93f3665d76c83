/**
 * tmpcopyup: a tmpfs that begins with what the image has there. podman asks for it with each --tmpfs. Source: runc's option of that
 * name; config.md "Linux mount options".
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'

const word = 'tmpcopyup'

/** @param mounts makes the steps of all others, and of these as if the word were not there */
export const copyingUp =
  (mounts: Pass): Pass =>
  (spec, facts) => {
    const all = spec.mounts ?? []
    const asked = new Set(all.flatMap(({ destination, options }) => (options?.includes(word) ? [destination] : [])))
    if (asked.size === 0) return mounts(spec, facts)
    const plain = all.map(mount => ({ ...mount, options: mount.options?.filter(option => option !== word) ?? [] }))
    return mounts({ ...spec, mounts: plain }, facts).map((step): Step => {
      if (step.op !== 'mount' || step.fstype !== 'tmpfs' || !asked.has(step.target)) return step
      const { fstype: _, source, data, ...rest } = step
      // whoever says whose it is, or for whom, has the last word
      const owned = !/(^|,)(mode|uid|gid)=/.test(data ?? '')
      return {
        ...rest,
        source: source ?? 'tmpfs',
        data: data ?? '',
        owned,
        op: 'mount_copy_up',
        why: 'empty memory, filled with what the image has there',
      }
    })
  }
