/** ch5 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { clientCommands, runCommands } from './client/commands.js'
import { gcFlags, serveFlags } from './flag-table.js'

/** Those of ch4 that start or build something, and find more images here; then what is new. */
export const commands = async (): Promise<readonly Command[]> => [
  ...(await runCommands()),
  ...clientCommands,
  ...serverCommands,
]

const serverCommands: readonly Command[] = [
  {
    name: 'ch5 serve',
    about: 'A registry: keeps images for all who push to it and pull from it, as the OCI distribution-spec has it.',
    usage: '',
    flags: [...serveFlags, labFlag],
    flagsThroughout: true,
    examples: [
      'ch5 serve',
      'ch5 serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --htpasswd users --auth token --policy who.json',
      'ch5 serve --read-only --log json',
    ],
    async run(flags, _, swap) {
      ;(await import('./parts-in-use.js')).useParts(swap)
      return (await import('./server/serve-command.js')).serveRegistry(flags)
    },
  },
  {
    name: 'ch5 gc',
    about:
      'Remove what no image of a registry needs, while it is not served. A registry that is served does so by itself.',
    usage: '',
    flags: [...gcFlags, labFlag],
    flagsThroughout: true,
    examples: ['ch5 gc --root /srv/registry --dry-run', 'ch5 gc --root /srv/registry --delete-untagged'],
    async run(flags, _, swap) {
      ;(await import('./parts-in-use.js')).useParts(swap)
      return (await import('./server/gc/command.js')).collectGarbage(flags)
    },
  },
]
