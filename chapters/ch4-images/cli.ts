/** ch4 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { flagTables as namespaceTables } from '../ch2-namespaces/index.js'
import { flagTables as limitTables } from '../ch3-cgroups/index.js'
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
    ...imageCommands,
  ]
}
