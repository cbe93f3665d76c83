/**
 * Propagation: cutting the new mount namespace off from the host.
 *
 * A new mount namespace is a copy, but on most machines "/" is a shared mount, and what is mounted below a shared mount in
 * the copy appears in the original too. Forget this one step and mounting the container's /proc mounts over the host's.
 * Source: mount_namespaces(7), "Shared subtrees".
 */

import type { Pass } from '#core/plan/assemble'
import { isolates, type Spec } from '#core/spec/runtime'

// #region part
export const privateMounts: Pass = spec => {
  // #region solution
  if (!isolates(spec, 'mount')) return []
  return [
    {
      op: 'propagation',
      path: '/',
      flags: ['MS_REC', listens(spec) ? 'MS_SLAVE' : 'MS_PRIVATE'],
      phase: 'root',
      by: 'ch2.privateMounts',
      why: 'before any mount: what we change from here on, the host does not see',
    },
  ]
  // #endregion solution
}
// #endregion part

/**
 * A volume can be a slave of the host's mount only if the copy was not made private first; the others listen then as well,
 * as they do under runc, if they do not say `rprivate`. A shared volume hears of the host, but the host not of it.
 */
const listens = ({ mounts = [], linux }: Spec): boolean =>
  /slave|shared/.test(linux?.rootfsPropagation ?? '') ||
  mounts.some(({ options = [] }) => options.some(word => /^r?(slave|shared)$/.test(word)))
