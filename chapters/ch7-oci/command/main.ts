/** mini-runc: runc's command line. Global options, a command, its options. */

import * as fs from 'node:fs'
import { out } from '#core/cli/print'
import { exitCode, MiniDockerError } from '#core/errors'
import { Containers } from '../lifecycle/containers.js'
import { one } from './command.js'
import { commands } from './commands.js'
import { helpOf, type Option, readOptions } from './options.js'

const globals: readonly Option[] = [
  {
    name: 'root',
    value: 'DIR',
    about: 'where the states of containers are kept (default /run/mini-runc, or below $XDG_RUNTIME_DIR)',
  },
  { name: 'log', value: 'FILE', about: 'where errors are written, beside stderr' },
  { name: 'log-format', value: 'FORMAT', about: 'text or json' },
  { name: 'debug', about: 'say more' },
  { name: 'systemd-cgroup', about: 'cgroups by systemd' },
  { name: 'rootless', value: 'WHEN', about: 'true, false or auto' },
]

export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    process.stderr.write(`mini-runc: ${error.line}\n`)
    log(argv, error.message)
    return 1 // as runc: whatever went wrong
  }
}

/** Engines read the last line of the log, and say it on. */
function log(argv: readonly string[], message: string): void {
  const { options } = readOptions('mini-runc', globals, argv)
  const file = options.get('log')?.at(-1)
  if (file === undefined) return
  const line =
    options.get('log-format')?.at(-1) === 'json'
      ? JSON.stringify({ level: 'error', msg: message, time: new Date().toISOString() })
      : `time="${new Date().toISOString()}" level=error msg=${JSON.stringify(message)}`
  fs.appendFileSync(file, `${line}\n`)
}

async function run(argv: readonly string[]): Promise<number> {
  const global = readOptions('mini-runc', [...globals, { name: 'help', short: 'h', about: 'this' }], argv)
  const [name = '', ...rest] = global.rest
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    const list = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
    out(
      `${helpOf('mini-runc [OPTIONS] COMMAND [ARG...]', 'A runtime of the OCI: runc, as ch1 to ch3 built it.', globals)}\ncommands:\n${list.join('\n')}\n`,
    )
    return global.options.has('help') || name === 'help' ? 0 : exitCode.toolFailed
  }
  const parsed = readOptions(
    `mini-runc ${name}`,
    [...command.options, { name: 'help', short: 'h', about: 'this' }],
    rest,
  )
  if (parsed.options.has('help')) {
    out(helpOf(`mini-runc ${name} [OPTIONS] ${command.usage}`, command.about, command.options))
    return 0
  }
  return command.run(parsed, await Containers.open(one(global, 'root') ?? defaultRoot()))
}

/** Where runc has it: an ordinary user has no /run. */
function defaultRoot(): string {
  const own = process.env.XDG_RUNTIME_DIR
  return process.geteuid?.() === 0 || own === undefined ? '/run/mini-runc' : `${own}/mini-runc`
}
