/**
 * Propagation: cutting the new mount namespace off from the host.
 *
 * A new mount namespace is a copy, but on most machines "/" is a shared mount, and what is mounted below a shared mount in
 * the copy appears in the original too. Forget this one step and mounting the container's /proc mounts over the host's.
 * Source: mount_namespaces(7), "Shared subtrees".
 */

import type { Pass } from '#core/plan/assemble'
import { isolates } from '#core/spec/runtime'

// #region solution
export const privateMounts: Pass = spec =>
  isolates(spec, 'mount')
    ? [
        {
          op: 'propagation',
          path: '/',
          flags: ['MS_REC', 'MS_PRIVATE'],
          phase: 'root',
          by: 'ch2.privateMounts',
          why: 'before any mount: what we change from here on, the host does not see',
        },
      ]
    : []
// #endregion solution
