/** noNewPrivileges: no set-user-ID program and no file capability gives anything. Source: config.md "noNewPrivileges". */

import type { Pass } from '#core/plan/assemble'

export const noNewPrivileges: Pass = ({ process }) =>
  process.noNewPrivileges === true
    ? [
        {
          op: 'no_new_privs',
          phase: 'become',
          by: 'ch7.noNewPrivileges',
          why: 'for good, and for all that it starts; a filter of system calls may then be set without CAP_SYS_ADMIN',
        },
      ]
    : []
