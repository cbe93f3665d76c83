/** mkdir and mknod take the caller's umask off the mode that is asked for: an odd one would leave /dev/null unreadable. */

import type { Pass } from '#core/plan/assemble'
import { isolates } from '#core/spec/runtime'

export const cleanUmask: Pass = spec =>
  isolates(spec, 'mount')
    ? [
        {
          op: 'umask',
          mask: 0,
          phase: 'root',
          by: 'ch2.cleanUmask',
          why: 'the modes below are meant as they are written',
        },
      ]
    : []
