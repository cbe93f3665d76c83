/** ch2 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { specFlag } from '#core/cli/spec-flag'
import { removeTrap } from '../ch1-chroot/index.js'
import { execFlags, runFlags } from './flag-table.js'
import { escapeParts, parts } from './index.js'
import { run } from './run.js'

export const commands: readonly Command[] = [
  {
    name: 'ch2 run',
    about:
      'Run a command in namespaces of its own: its processes, mounts, names, network, users, clocks. Isolation, not yet security.',
    usage: '[--] [COMMAND [ARG...]]',
    flags: [...runFlags, specFlag, labFlag],
    examples: [
      'ch2 run -it',
      "ch2 run -- sh -c 'hostname; ps; ls /'",
      'ch2 run --net bridge --name web -v /srv/www:/www:ro httpd -f -h /www',
      'ch2 run --userns --user 1000 id',
      'ch2 run --explain --userns',
    ],
    run: (flags, rest, swap) => run(parts, flags, rest, swap),
  },
  {
    name: 'ch2 exec',
    about: 'Run a command inside a running container, or in the namespaces of any process.',
    usage: 'NAME|PID COMMAND [ARG...]',
    flags: execFlags,
    examples: ['ch2 exec web ps', 'ch2 exec -it web sh', 'ch2 exec --user nobody 4711 id'],
    run: async (flags, rest) => (await import('./exec.js')).exec(flags, rest),
  },
  {
    name: 'ch2 escape',
    about: "The very program that breaks out of ch1's jail, inside ch2's: pivot_root leaves it nothing to climb to.",
    usage: '[--] [COMMAND [ARG...]]',
    flags: [...runFlags, labFlag],
    examples: ['ch2 escape ls /', 'ch2 escape --explain'],
    async run(flags, rest, swap) {
      try {
        return await run(escapeParts, flags, rest, swap)
      } finally {
        await removeTrap(flags)
      }
    },
  },
]
