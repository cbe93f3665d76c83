/** ch4 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { flagTables as namespaceTables } from '../ch2-namespaces/index.js'
import { flagTables as limitTables } from '../ch3-cgroups/index.js'
import { ownRunFlags } from './flag-table.js'
import { parts } from './index.js'
import { packCommand } from './pack/flag-table.js'

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
    packCommand,
    {
      name: 'ch4 import',
      about: "Make an image of one layer from a tar archive of a root file system; '-' reads it from stdin.",
      usage: 'FILE|- NAME',
      flags: [
        { name: 'change', short: 'c', value: 'INSTRUCTION', many: true, about: 'as in a Dockerfile: \'CMD ["sh"]\'' },
      ],
      flagsThroughout: true,
      examples: ['ch4 import rootfs.tar.gz base', 'tar -C rootfs -c . | mini-docker ch4 import - base:1'],
      run: async (flags, rest) => (await import('./image/import.js')).importImage(flags, rest),
    },
  ]
}
