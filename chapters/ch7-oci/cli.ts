/** ch7 on the command line. */

import type { Command } from '#core/cli/command'
import { labFlag } from '#core/cli/seeing'
import { seccompFlags, validateFlags } from './flag-table.js'

export const commands = async (): Promise<readonly Command[]> => [
  {
    name: 'ch7 seccomp',
    about:
      "Show what a seccomp profile becomes: the program that the kernel asks before each system call. Docker's own by default.",
    usage: '',
    flags: [...seccompFlags, labFlag],
    examples: ['ch7 seccomp', 'ch7 seccomp --cap CAP_SYS_ADMIN', 'ch7 seccomp --profile config.json --bpf filter.bpf'],
    async run(flags, rest, swap) {
      return (await import('./seccomp/command.js')).showFilter(flags, rest, swap)
    },
  },
  {
    name: 'ch7 try',
    about: "mini-runc, with parts of your own in it: any of its commands, by runc's command line.",
    usage: 'COMMAND [ARG...]',
    flags: [labFlag],
    examples: ['ch7 try --lab create --bundle /srv/web web', 'ch7 try --lab start web', 'ch7 try --lab delete web'],
    async run(_, rest, swap) {
      ;(await import('./parts-in-use.js')).useParts(swap)
      return (await import('./command/runtime.js')).runtime(rest)
    },
  },
  {
    name: 'ch7 validate',
    about:
      "Hold a bundle, its config.json, an image, an image layout or a runtime against the rules of the OCI's specifications. Each finding names its place and the section; 1 when something breaks a MUST.",
    usage: 'bundle|config|image|layout PATH | runtime',
    flags: validateFlags,
    flagsThroughout: true,
    examples: [
      'ch7 validate bundle /run/bundle',
      'ch7 validate config --strict config.json',
      'ch7 validate image layout.tar',
      'ch7 validate layout --json ./layout',
      'ch7 validate runtime --runtime /usr/bin/crun',
    ],
    async run(flags, rest) {
      return (await import('./validate/command.js')).validate(flags, rest)
    },
  },
]
