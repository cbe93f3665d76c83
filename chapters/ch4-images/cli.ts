/** ch4 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag, seeingFlags } from '#core/cli/seeing'
import { flagTables as namespaceTables } from '../ch2-namespaces/index.js'
import { flagTables as limitTables } from '../ch3-cgroups/index.js'
import { buildFlags } from './build/flag-table.js'
import { containerCommands } from './container/commands.js'
import { ownRunFlags, platformFlag, volumeFlag } from './flag-table.js'
import { imageCommands } from './image/commands.js'
import { parts } from './index.js'
import { packCommand } from './pack/flag-table.js'

/** Of ch2: an image says what the first stands for, and has to be mounted. */
const replaced = ['rootfs', 'no-mount', 'volume']

export async function commands(): Promise<readonly Command[]> {
  const { runFlags } = await namespaceTables()
  const { liveFlags, startFlags } = await limitTables()
  const inherited = runFlags.filter(({ name }) => !replaced.includes(name))
  return [
    {
      name: 'ch4 run',
      about: 'Run an image: its layers as one tree, a layer of its own to write in, and all that ch3 puts around it.',
      usage: 'IMAGE [COMMAND [ARG...]]',
      flags: [...ownRunFlags, volumeFlag, ...liveFlags, ...startFlags, ...inherited, labFlag],
      examples: [
        'ch4 run --rm -it mini/base',
        'ch4 run --rm mini/node node --version',
        'ch4 run --name web -e PORT=80 -v data:/var/lib/site site',
      ],
      async run(flags, rest, swap) {
        ;(await import('./parts-in-use.js')).useParts(swap)
        return (await import('./container/run.js')).run(parts, flags, rest, swap)
      },
    },
    ...containerCommands,
    packCommand,
    {
      name: 'ch4 union',
      about:
        "Directories merged at one place, the lowest first, for one command: read from all, written into one. The host's tree is around it.",
      usage: 'LOWER... -- COMMAND [ARG...]',
      flags: [
        { name: 'upper', value: 'DIR', about: 'what is written goes here, and the lower ones stay as they are' },
        {
          name: 'work',
          value: 'DIR',
          about: "overlayfs's own, empty, beside upper (usual: UPPER.work, for the moment)",
        },
        { name: 'read-only', about: 'no upper directory: nothing can be written' },
        { name: 'at', value: 'DIR', about: 'where it is seen (usual: /mnt), by that command alone' },
        ...seeingFlags,
      ],
      flagsThroughout: true,
      examples: [
        "ch4 union os app --upper changes -- sh -c 'ls; echo new >file; rm old'",
        'ch4 union os runtime web app --read-only -- ls -R',
        'ch4 union --explain os app --upper changes -- sh',
      ],
      run: async (flags, rest) => (await import('./union/run.js')).union(flags, rest),
    },
    {
      name: 'ch4 mount',
      about:
        'Mount an image, or a container that has ended, on the host, to look at it. Read-only, if not asked otherwise.',
      usage: 'IMAGE|CONTAINER DIR',
      flags: [
        { name: 'writable', about: 'what is written goes with the mount, of a container it stays' },
        platformFlag,
        ...seeingFlags.filter(({ name }) => name === 'explain' || name === 'json'),
      ],
      flagsThroughout: true,
      examples: ['ch4 mount mini/base /mnt', 'ch4 mount --explain mini/base /mnt'],
      run: async (flags, rest) => (await import('./mount/mount.js')).mount(flags, rest),
    },
    {
      name: 'ch4 umount',
      about: 'Take off what ch4 mount mounted.',
      usage: 'DIR...',
      flags: [],
      flagsThroughout: true,
      examples: ['ch4 umount /mnt'],
      run: async (flags, rest) => (await import('./mount/mount.js')).umount(flags, rest),
    },
    {
      name: 'ch4 build',
      about:
        'Make an image as a Dockerfile says: step by step, each found in the cache when nothing that it sees has changed.',
      usage: 'DIR|-',
      flags: [...buildFlags, labFlag],
      flagsThroughout: true,
      examples: [
        'ch4 build -t site .',
        'ch4 build -t site -f web/Dockerfile --target test --build-arg VERSION=2 .',
        'tar -c . | mini-docker ch4 build -t site -',
      ],
      async run(flags, rest, swap) {
        ;(await import('./parts-in-use.js')).useParts(swap)
        return (await import('./build/command.js')).buildImage(flags, rest)
      },
    },
    ...imageCommands,
  ]
}
