/** ch3 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { specFlag } from '#core/cli/spec-flag'
import { execInto, flagTables, run } from '../ch2-namespaces/index.js'
import { liveFlags, startFlags } from './flag-table.js'
import { parts } from './index.js'

const jsonFlag = { name: 'json', about: 'one JSON object a line, with a version' } as const

const pausing = (verb: string, about: string, paused: boolean): Command => ({
  name: `ch3 ${verb}`,
  about,
  usage: 'NAME...',
  flags: [],
  flagsThroughout: true,
  examples: [`ch3 ${verb} web`, `ch3 ${verb} web db`],
  run: async (_, rest) => (await import('./live/pause.js')).setPaused(`ch3 ${verb}`, rest, paused),
})

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
    {
      name: 'ch3 ps',
      about: 'The containers that run, or the processes of one.',
      usage: '[NAME]',
      flags: [jsonFlag],
      flagsThroughout: true,
      examples: ['ch3 ps', 'ch3 ps web', 'ch3 ps --json'],
      run: async (flags, rest) => (await import('./live/ps.js')).ps(flags, rest),
    },
    {
      name: 'ch3 stats',
      about:
        'What containers use, every second: of processors, memory, processes, network, disks; and how long they wait for it.',
      usage: '[NAME...]',
      flags: [{ name: 'no-stream', about: 'once, over one second' }, jsonFlag],
      flagsThroughout: true,
      examples: ['ch3 stats', 'ch3 stats --no-stream web db', 'ch3 stats --json web'],
      run: async (flags, rest) => (await import('./live/stats.js')).stats(flags, rest),
    },
    {
      name: 'ch3 update',
      about: 'Change the limits of containers while they run: all that is named, or nothing.',
      usage: 'NAME...',
      flags: liveFlags,
      flagsThroughout: true,
      examples: [
        'ch3 update --cpus 0.25 web',
        'ch3 update --memory 256m --pids-limit 50 web',
        'ch3 update --net-rate-in 5mbit web',
      ],
      run: async (flags, rest) => (await import('./live/update.js')).update(flags, rest),
    },
    pausing(
      'pause',
      'Stop all processes of containers where they are. They cannot notice, and keep their memory.',
      true,
    ),
    pausing('resume', 'Let paused containers go on.', false),
    pausing('unpause', "The same as resume: docker's name for it.", false),
  ]
}
