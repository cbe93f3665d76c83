/** `ch4 pack` on the command line. */

import type { Command } from '#core/cli/command'
import type { Flag } from '#core/cli/flags'

const flags: readonly Flag[] = [
  { name: 'tag', short: 't', value: 'NAME', about: 'what the image is called: site, mini/web:2' },
  { name: 'from', value: 'DIR', about: 'the root of what is packed; / is this machine as it is' },
  {
    name: 'cmd',
    value: 'COMMAND...',
    takesRest: true,
    about: 'a program with the files that it needs; all that follows is its command, and what the image runs',
  },
  { name: 'include', value: 'PATH', many: true, about: 'with --cmd: also this file or directory' },
  {
    name: 'exclude',
    value: 'PATTERN',
    many: true,
    about: "left out, as in .gitignore: node_modules, /var/cache, '*.log'",
  },
  { name: 'no-trace', about: 'with --cmd: do not run it, take what its libraries and the words of its command tell' },
  { name: 'trace-for', value: 'SECONDS', about: 'how long it may run under trace before it is told to end (usual: 5)' },
  { name: 'list', about: 'only say what would be packed, and why' },
  { name: 'compression', value: 'KIND', about: 'of the layer: gzip (usual), zstd or none' },
  {
    name: 'entrypoint',
    value: 'PROGRAM',
    about: "of the image: a word, or a list of words in JSON; '--cmd' follows it",
  },
  {
    name: 'env',
    short: 'e',
    value: 'KEY[=VALUE]',
    many: true,
    about: 'a variable of the image; without a value, ours',
  },
  {
    name: 'workdir',
    short: 'w',
    value: 'DIR',
    about: 'where it starts (with --cmd: here as well; usual: where you are)',
  },
  { name: 'user', short: 'u', value: 'USER[:GROUP]', about: 'as whom it runs in a container' },
  { name: 'label', short: 'l', value: 'KEY=VALUE', many: true, about: 'a note on the image' },
  { name: 'expose', value: 'PORT', many: true, about: 'a port that it listens on: 8080, 53/udp' },
  { name: 'quiet', short: 'q', about: 'print the digest alone' },
]

export const packCommand: Command = {
  name: 'ch4 pack',
  about: 'Make an image of what is on this machine: a directory, all of it, or a program with the files that it needs.',
  usage: '[DIR]',
  flags,
  flagsThroughout: true,
  examples: [
    'ch4 pack -t site ./rootfs',
    'ch4 pack -t web --cmd node app.js',
    'ch4 pack --list --no-trace --cmd /bin/ls',
    'ch4 pack -t me --from / --exclude /home --exclude /var/cache',
  ],
  run: async (given, rest) => (await import('./command.js')).pack(given, rest),
}
