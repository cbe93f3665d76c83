/** The client's commands, as tables. Each loads what it needs when it is called. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { pullFlags, pushFlags } from './flag-table.js'

export const clientCommands: readonly Command[] = [
  {
    name: 'ch5 pull',
    about: 'Fetch an image from a registry: verified while it comes, unpacked, and then named.',
    usage: 'NAME[:TAG|@DIGEST]',
    flags: [...pullFlags, labFlag],
    flagsThroughout: true,
    examples: ['ch5 pull localhost:5000/mini/node:20', 'ch5 pull --platform linux/arm64 localhost:5000/mini/node'],
    run: async (flags, rest, swap) => (await import('./command/pull.js')).pull(flags, rest, swap),
  },
  {
    name: 'ch5 push',
    about: 'Send an image to the registry that its name says: what that has already is not sent.',
    usage: 'NAME[:TAG]',
    flags: [...pushFlags, labFlag],
    flagsThroughout: true,
    examples: ['ch5 push localhost:5000/mini/node:20', 'ch5 push -a localhost:5000/mini/node'],
    run: async (flags, rest, swap) => (await import('./command/push.js')).push(flags, rest, swap),
  },
]
