/** `mini-docker rootfs`: the default root directory, shown and rebuilt. */

import { defaultRootfsPath, ensureDefaultRootfs } from '#core/rootfs/default'
import { describeDefaultRootfs } from '#core/rootfs/describe'
import { directories } from '#core/sys/paths'
import type { Command } from './command.js'

export const rootfsCommand: Command = {
  name: 'rootfs',
  about: "Show the default root directory, made of this machine's own programs; make it where it is missing.",
  usage: '',
  flags: [
    { name: 'rebuild', about: 'make it anew' },
    { name: 'path', about: 'print only where it is' },
    { name: 'json', about: 'as JSON' },
  ],
  examples: ['rootfs', 'rootfs --rebuild', 'ch1 run --rootfs "$(mini-docker rootfs --path)" ls /'],
  async run(flags) {
    const dataDir = directories().data
    ensureDefaultRootfs({ dataDir, rebuild: flags.on('rebuild') })
    const { out, printJson } = await import('./print.js')
    if (flags.on('path')) {
      out(`${defaultRootfsPath(dataDir)}\n`)
      return 0
    }
    const about = describeDefaultRootfs({ dataDir })
    if (flags.on('json')) printJson(about)
    else {
      out(`path      ${about.path}\n`)
      out(`made of   ${about.flavour}, ${((about.bytes ?? 0) / 1e6).toFixed(1)} MB, ${String(about.builtAt)}\n`)
      out(`programs  ${about.programs.join(' ')}\n`)
    }
    return 0
  },
}
