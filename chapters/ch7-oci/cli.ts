/** ch7 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { seccompFlags } from './flag-table.js'

export const commands = async (): Promise<readonly Command[]> => [
  {
    name: 'ch7 seccomp',
    about:
      "Show what a seccomp profile becomes: the program that the kernel asks before each system call. Docker's own by default.",
    usage: '',
    flags: [...seccompFlags, labFlag],
    examples: ['ch7 seccomp', 'ch7 seccomp --cap CAP_SYS_ADMIN', 'ch7 seccomp --profile config.json --bpf filter.bpf'],
    async run(flags, rest, swap) {
      return (await import('./seccomp/command.js')).showFilter(flags, rest, swap)
    },
  },
]
