/** ch3 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { specFlag } from '#core/cli/spec-flag'
import { execInto, flagTables, run } from '../ch2-namespaces/index.js'
import { liveFlags, startFlags } from './flag-table.js'
import { parts } from './index.js'

export async function commands(): Promise<readonly Command[]> {
  const { runFlags, execFlags } = await flagTables()
  return [
    {
      name: 'ch3 run',
      about:
        'Run a command in a container that gets no more than its share: of processors, memory, processes, disks, network.',
      usage: '[--] [COMMAND [ARG...]]',
      flags: [...liveFlags, ...startFlags, ...runFlags, specFlag, labFlag],
      examples: [
        'ch3 run --memory 64m --cpus 0.5 --pids-limit 20 -it',
        'ch3 run --name web --net bridge --net-rate-in 10mbit --net-rate-out 2mbit httpd -f',
        'ch3 run --explain --memory 64m',
        'ch3 run --explain --facts v1 --memory 64m',
      ],
      run: async (flags, rest, swap) => run(parts, flags, rest, swap, (await import('./extension.js')).extension),
    },
    {
      name: 'ch3 exec',
      about: 'Run a command inside a running container: in its namespaces, and within its limits.',
      usage: 'NAME|PID COMMAND [ARG...]',
      flags: execFlags,
      examples: ['ch3 exec web ps', 'ch3 exec -it web sh'],
      run: async (flags, rest) => execInto(flags, rest, (await import('./extension.js')).extension),
    },
  ]
}
