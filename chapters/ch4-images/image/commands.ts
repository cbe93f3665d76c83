/** The commands of images and of their store, as tables. */

import type { Command } from '#core/cli/command'
import type { Flag } from '#core/cli/flags'
import { labFlag } from '#core/cli/seeing'
import { jsonFlag, platformFlag, quietFlag } from '../flag-table.js'

const noTrunc: Flag = { name: 'no-trunc', about: 'IDs and texts in full' }
const progressFlag: Flag = { name: 'quiet', short: 'q', about: 'no progress' }
const changeFlag: Flag = {
  name: 'change',
  short: 'c',
  value: 'INSTRUCTION',
  many: true,
  about: 'as in a Dockerfile: \'CMD ["sh"]\'',
}

export const imageCommands: readonly Command[] = [
  {
    name: 'ch4 images',
    about: 'The images on this machine, the newest first.',
    usage: '[NAME[:TAG]]',
    flags: [
      { name: 'all', short: 'a', about: "as docker's: there is nothing that it would add" },
      quietFlag,
      noTrunc,
      { name: 'digests', about: 'with the digests of manifests' },
      {
        name: 'filter',
        short: 'f',
        value: 'KEY=VALUE',
        many: true,
        about: 'dangling=true, label=KEY[=VALUE], reference=PATTERN, before=IMAGE, since=IMAGE',
      },
      { name: 'format', value: 'FORMAT', about: 'table, or json: an object a line' },
      jsonFlag,
    ],
    flagsThroughout: true,
    examples: ['ch4 images', "ch4 images --filter 'reference=mini/*'", 'ch4 images --json'],
    run: async (flags, rest) => (await import('./list.js')).listImages(flags, rest),
  },
  {
    name: 'ch4 inspect',
    about: 'All that is known of images, as JSON.',
    usage: 'IMAGE...',
    flags: [platformFlag, jsonFlag],
    flagsThroughout: true,
    examples: ['ch4 inspect mini/base'],
    run: async (flags, rest) => (await import('./inspect.js')).inspect(flags, rest),
  },
  {
    name: 'ch4 history',
    about: 'How an image was made: its steps, the last one first, and what each of them takes.',
    usage: 'IMAGE',
    flags: [noTrunc, quietFlag, platformFlag, jsonFlag],
    flagsThroughout: true,
    examples: ['ch4 history mini/node', 'ch4 history --no-trunc mini/node'],
    run: async (flags, rest) => (await import('./history.js')).history(flags, rest),
  },
  {
    name: 'ch4 tag',
    about: 'Another name for an image.',
    usage: 'IMAGE NAME[:TAG]',
    flags: [],
    flagsThroughout: true,
    examples: ['ch4 tag mini/node mini/node:20', 'ch4 tag 1f2e3d web:1'],
    run: async (_, rest) => (await import('./tag.js')).tag(rest),
  },
  {
    name: 'ch4 rmi',
    about: 'Take names of images away, and with the last one the image.',
    usage: 'IMAGE...',
    flags: [{ name: 'force', short: 'f', about: 'also when it has several names, or a stopped container needs it' }],
    flagsThroughout: true,
    examples: ['ch4 rmi web:1', 'ch4 rmi -f 1f2e3d'],
    run: async (flags, rest) => (await import('./rmi.js')).removeImages(flags, rest),
  },
  {
    name: 'ch4 verify',
    about: 'Read all that images consist of, and compare it with their digests.',
    usage: '[IMAGE...]',
    flags: [],
    flagsThroughout: true,
    examples: ['ch4 verify', 'ch4 verify mini/node'],
    run: async (flags, rest) => (await import('./verify.js')).verify(flags, rest),
  },
  {
    name: 'ch4 df',
    about: 'What images, containers, volumes and build cache take, and how much of it prune would give back.',
    usage: '',
    flags: [{ name: 'verbose', short: 'v', about: 'each by itself' }, jsonFlag],
    examples: ['ch4 df', 'ch4 df -v'],
    run: async flags => (await import('../store/df.js')).df(flags),
  },
  {
    name: 'ch4 prune',
    about: 'Remove what nobody needs: stopped containers, images without a name, and whatever was left half made.',
    usage: '',
    flags: [
      { name: 'all', short: 'a', about: 'also images with a name that no container needs, and all of the build cache' },
      { name: 'force', short: 'f', about: 'do not ask' },
      { name: 'filter', value: 'KEY=VALUE', many: true, about: 'until=24h, label=KEY[=VALUE]' },
      { name: 'volumes', about: 'also volumes without a name that no container uses' },
    ],
    examples: ['ch4 prune', 'ch4 prune -af --filter until=24h'],
    run: async flags => (await import('../store/prune-command.js')).pruneCommand(flags),
  },
  {
    name: 'ch4 save',
    about: 'Write images with all their layers into one archive, which docker, podman and skopeo read.',
    usage: 'IMAGE...',
    flags: [
      { name: 'output', short: 'o', value: 'FILE', about: 'where to (default: stdout, if that is no terminal)' },
      { name: 'format', value: 'FORMAT', about: 'oci or docker alone (default: both in one)' },
      platformFlag,
      progressFlag,
    ],
    flagsThroughout: true,
    examples: ['ch4 save -o web.tar web:1', 'ch4 save web:1 db:1 | gzip > both.tar.gz'],
    run: async (flags, rest) => (await import('../archive/save.js')).save(flags, rest),
  },
  {
    name: 'ch4 load',
    about: 'Take in images from an archive or a directory: of docker save, of podman, an OCI image layout.',
    usage: '',
    flags: [
      {
        name: 'input',
        short: 'i',
        value: 'FILE',
        about: 'an archive, plain or compressed, or a directory (default: stdin)',
      },
      platformFlag,
      progressFlag,
      labFlag,
    ],
    examples: ['ch4 load -i web.tar', 'docker save web:1 | mini-docker ch4 load'],
    async run(flags, _, swap) {
      ;(await import('../parts-in-use.js')).useParts(swap)
      return (await import('../archive/load.js')).load(flags)
    },
  },
  {
    name: 'ch4 import',
    about: "Make an image of one layer from a tar archive of a root file system; '-' reads it from stdin.",
    usage: 'FILE|- NAME',
    flags: [
      changeFlag,
      { name: 'message', short: 'm', value: 'TEXT', about: 'told in its history' },
      platformFlag,
      progressFlag,
      labFlag,
    ],
    flagsThroughout: true,
    examples: ['ch4 import rootfs.tar.gz base', "tar -C rootfs -c . | mini-docker ch4 import -c 'CMD sh' - base:1"],
    async run(flags, rest, swap) {
      ;(await import('../parts-in-use.js')).useParts(swap)
      return (await import('./import.js')).importImage(flags, rest)
    },
  },
]
