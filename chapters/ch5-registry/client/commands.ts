/** The client's commands, as tables. Each loads what it needs when it is called. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { chapterCommands } from '../../ch4-images/index.js'
import {
  downloadsFlag,
  insecureFlag,
  jsonFlag,
  platformFlag,
  pullFlag,
  pullFlags,
  pushFlags,
  quietFlag,
} from './flag-table.js'

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
  {
    name: 'ch5 login',
    about: 'Keep a name and a password for a registry, once it has accepted them: where docker keeps them, too.',
    usage: '[HOST[:PORT]]',
    flags: [
      { name: 'username', short: 'u', value: 'NAME', about: 'who (default: it asks)' },
      { name: 'password', short: 'p', value: 'WORD', about: 'seen by everyone on this machine: rather not' },
      { name: 'password-stdin', about: 'the password is what stdin holds' },
      insecureFlag,
    ],
    flagsThroughout: true,
    examples: ['ch5 login localhost:5000', 'ch5 login -u ann --password-stdin registry.example <password'],
    run: async (flags, rest) => (await import('./command/login.js')).login(flags, rest),
  },
  {
    name: 'ch5 logout',
    about: 'Forget the name and the password for a registry.',
    usage: '[HOST[:PORT]]',
    flags: [],
    flagsThroughout: true,
    examples: ['ch5 logout localhost:5000'],
    run: async (flags, rest) => (await import('./command/login.js')).logout(flags, rest),
  },
  {
    name: 'ch5 tags',
    about: 'All tags of a repository.',
    usage: 'NAME',
    flags: [jsonFlag, insecureFlag],
    flagsThroughout: true,
    examples: ['ch5 tags localhost:5000/mini/node'],
    run: async (flags, rest) => (await import('./command/tags.js')).tags(flags, rest),
  },
  {
    name: 'ch5 inspect',
    about: 'What a registry has under a name, without fetching its layers.',
    usage: 'NAME[:TAG|@DIGEST]',
    flags: [
      { name: 'raw', about: 'the manifest or index, byte for byte; with --config, the config' },
      { name: 'config', about: 'the config alone' },
      platformFlag,
      jsonFlag,
      insecureFlag,
    ],
    flagsThroughout: true,
    examples: ['ch5 inspect localhost:5000/mini/node', 'ch5 inspect --raw localhost:5000/mini/node | sha256sum'],
    run: async (flags, rest) => (await import('./command/inspect.js')).inspectRemote(flags, rest),
  },
  {
    name: 'ch5 copy',
    about:
      'Copy an image between registries, OCI layouts and archives, byte for byte. Places: NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME].',
    usage: 'SOURCE TARGET',
    flags: [
      { name: 'platform', value: 'OS/ARCH', about: 'of an image for several this one alone (default: all)' },
      quietFlag,
      downloadsFlag,
      insecureFlag,
    ],
    flagsThroughout: true,
    examples: [
      'ch5 copy localhost:5000/mini/node oci:layout:node',
      'ch5 copy docker-archive:web.tar localhost:5000/web:1',
    ],
    run: async (flags, rest) => (await import('./command/copy.js')).copy(flags, rest),
  },
  {
    name: 'ch5 delete',
    about: 'Take a tag, or a manifest by its digest, out of a registry.',
    usage: 'NAME:TAG|NAME@DIGEST',
    flags: [
      { name: 'force', short: 'f', about: 'where tags cannot be deleted: the manifest, with all tags that it has' },
      insecureFlag,
    ],
    flagsThroughout: true,
    examples: ['ch5 delete localhost:5000/mini/node:20'],
    run: async (flags, rest) => (await import('./command/delete.js')).deleteRemote(flags, rest),
  },
  {
    name: 'ch5 artifacts',
    about: 'What refers to an image in its repository: signatures, lists of ingredients.',
    usage: 'NAME[:TAG|@DIGEST]',
    flags: [{ name: 'type', value: 'TYPE', about: 'of this artifact type alone' }, jsonFlag, insecureFlag],
    flagsThroughout: true,
    examples: [
      'ch5 artifacts localhost:5000/mini/node',
      'ch5 artifacts --type application/spdx+json localhost:5000/web:1',
    ],
    run: async (flags, rest) => (await import('./command/artifacts.js')).artifacts(flags, rest),
  },
  {
    name: 'ch5 attach',
    about: 'Put a file beside an image in its repository, as an artifact that refers to it.',
    usage: 'NAME[:TAG|@DIGEST] FILE',
    flags: [
      { name: 'type', value: 'TYPE', about: 'its artifact type, a media type' },
      { name: 'annotation', short: 'a', value: 'KEY=VALUE', many: true, about: 'told in its manifest' },
      quietFlag,
      insecureFlag,
    ],
    flagsThroughout: true,
    examples: ['ch5 attach --type application/spdx+json localhost:5000/web:1 web.spdx.json'],
    run: async (flags, rest) => (await import('./command/artifacts.js')).attach(flags, rest),
  },
]

/** ch4's `run` and `build`, which pull what is missing. */
export async function runCommands(): Promise<readonly Command[]> {
  const ch4 = await chapterCommands()
  const own = (verb: 'run' | 'build', about: string, examples: readonly string[]): Command => ({
    ...ch4.find(({ name }) => name === `ch4 ${verb}`)!,
    name: `ch5 ${verb}`,
    about,
    examples,
    flags: [...ch4.find(({ name }) => name === `ch4 ${verb}`)!.flags, pullFlag, insecureFlag],
    run: async (flags, rest, swap) => (await import('./command/run.js'))[verb](flags, rest, swap),
  })
  return [
    own('run', 'Run an image, as ch4 does; one that is not here is pulled.', [
      'ch5 run --rm -it localhost:5000/mini/base',
      'ch5 run --rm --pull always localhost:5000/web:1',
    ]),
    own('build', 'Make an image as a Dockerfile says, as ch4 does; what FROM names and is not here is pulled.', [
      'ch5 build -t localhost:5000/site .',
    ]),
  ]
}
