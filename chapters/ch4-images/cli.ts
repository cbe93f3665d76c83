/** ch4 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { flagTables as namespaceTables } from '../ch2-namespaces/index.js'
import { flagTables as limitTables } from '../ch3-cgroups/index.js'
import { buildFlags } from './build/flag-table.js'
import { ownRunFlags } from './flag-table.js'
import { imageCommands } from './image/commands.js'
import { parts } from './index.js'

export async function commands(): Promise<readonly Command[]> {
  const { runFlags } = await namespaceTables()
  const { liveFlags, startFlags } = await limitTables()
  const inherited = runFlags.filter(({ name }) => name !== 'rootfs')
  return [
    {
      name: 'ch4 run',
      about: 'Run an image: its layers as one tree, a layer of its own to write in, and all that ch3 puts around it.',
      usage: 'IMAGE [COMMAND [ARG...]]',
      flags: [...ownRunFlags, ...liveFlags, ...startFlags, ...inherited, labFlag],
      examples: [
        'ch4 run --rm -it mini/base',
        'ch4 run --rm mini/node node --version',
        'ch4 run --name web -e PORT=80 site',
      ],
      run: async (flags, rest, swap) => (await import('./container/run.js')).run(parts, flags, rest, swap),
    },
    {
      name: 'ch4 build',
      about:
        'Make an image as a Dockerfile says: step by step, each found in the cache when nothing that it sees has changed.',
      usage: 'DIR|-',
      flags: buildFlags,
      flagsThroughout: true,
      examples: [
        'ch4 build -t site .',
        'ch4 build -t site -f web/Dockerfile --target test --build-arg VERSION=2 .',
        'tar -c . | mini-docker ch4 build -t site -',
      ],
      run: async (flags, rest) => (await import('./build/command.js')).buildImage(flags, rest),
    },
    ...imageCommands,
  ]
}
