/** A read-only root: last of the mounts, because making their mount points needs a root that can be written to. */

import type { Pass } from '#core/plan/assemble'

export const seal: Pass = ({ root }) =>
  root.readonly === true
    ? [
        {
          op: 'mount_setattr',
          target: '/',
          set: ['MOUNT_ATTR_RDONLY'],
          clear: [],
          recursive: false,
          phase: 'seal',
          by: 'ch2.seal',
          why: 'the root alone: /proc, /dev and volumes stay as they are',
        },
      ]
    : []
