/** The commands about containers that are there: data, and where each is loaded from. */

import type { Command } from '#core/cli/command'
import { commitFlags, cpFlags, psFlags, rmFlags } from '../flag-table.js'

export const containerCommands: readonly Command[] = [
  {
    name: 'ch4 ps',
    about: 'Containers that run, and with -a those that have ended: what they wrote is kept until rm.',
    usage: '',
    flags: psFlags,
    flagsThroughout: true,
    examples: ['ch4 ps -a', 'ch4 rm $(mini-docker ch4 ps -aq)'],
    run: async flags => (await import('./ps.js')).ps(flags),
  },
  {
    name: 'ch4 rm',
    about: 'Remove containers, with what they wrote.',
    usage: 'NAME...',
    flags: rmFlags,
    flagsThroughout: true,
    examples: ['ch4 rm web', 'ch4 rm -f web'],
    run: async (flags, rest) => (await import('./remove.js')).removeContainers(flags, rest),
  },
  {
    name: 'ch4 diff',
    about: 'What a container has written over its image: A added, C changed, D deleted.',
    usage: 'NAME',
    flags: [],
    flagsThroughout: true,
    examples: ['ch4 diff web'],
    run: async (_, rest) => (await import('./diff.js')).diff(rest),
  },
  {
    name: 'ch4 commit',
    about:
      "Make an image of a container: its image's layers, and one more with what it wrote. It stands still meanwhile.",
    usage: 'NAME [IMAGE]',
    flags: commitFlags,
    flagsThroughout: true,
    examples: ['ch4 commit web site:2', 'ch4 commit -c \'CMD ["httpd", "-f"]\' -m "with httpd" web site:3'],
    run: async (flags, rest) => (await import('./commit.js')).commit(flags, rest),
  },
  {
    name: 'ch4 export',
    about: 'The tree of a container as a tar archive, without its volumes. It stands still meanwhile.',
    usage: 'NAME',
    flags: [{ name: 'output', short: 'o', value: 'FILE', about: 'into a file, in the place of stdout' }],
    flagsThroughout: true,
    examples: ['ch4 export web >web.tar', 'ch4 export web | mini-docker ch4 import - flat'],
    run: async (flags, rest) => (await import('./export.js')).exportContainer(flags, rest),
  },
  {
    name: 'ch4 cp',
    about: "Copy between a container, running or not, and the host; '-' is a tar archive on stdin or stdout.",
    usage: 'NAME:SRC DST | SRC NAME:DST',
    flags: cpFlags,
    flagsThroughout: true,
    examples: ['ch4 cp web:/etc/httpd.conf .', 'ch4 cp site/. web:/www', 'ch4 cp web:/www - | tar -t'],
    run: async (flags, rest) => (await import('./copy.js')).copy(flags, rest),
  },
]
