/** mini-runc: runc's command line. Global options, a command, its options. */

import * as fs from 'node:fs'
import { out } from '#core/cli/out'
import { exitCode, fail, MiniDockerError } from '#core/errors'
import { probeFacts } from '#core/sys/probe'
import { Containers } from '../lifecycle/containers.js'
import { type Command, idOf, one } from './command.js'
import { inWords, type Log, log } from './log.js'
import { helpOf, type Option, type Parsed, readOptions } from './options.js'
import { versionText } from './version.js'

const globals: readonly Option[] = [
  {
    name: 'root',
    value: 'DIR',
    about: 'where the states of containers are kept (default /run/mini-runc, or below $XDG_RUNTIME_DIR)',
  },
  { name: 'log', value: 'FILE', about: 'where errors are written, beside stderr' },
  { name: 'log-format', value: 'FORMAT', about: 'text or json' },
  { name: 'debug', about: 'taken, and ignored: there is no more to say' },
  { name: 'systemd-cgroup', about: 'refused: cgroups are made here' },
  { name: 'version', short: 'v', about: 'what it is, and which specification it is by' },
  { name: 'rootless', value: 'WHEN', about: 'taken, and ignored: it is seen from who calls' },
]

const help: Option = { name: 'help', short: 'h', about: 'this' }

export type Commands = Readonly<Record<string, Command>>

export async function main(argv: readonly string[], commands: Commands): Promise<number> {
  let failure = 1
  try {
    const { command, call } = read(argv, commands)
    failure = command?.failure ?? 1
    return await call()
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    // podman looks there
    const line = startsNothing(error) ? error.line.replace(error.message, inWords(error.message)) : error.line
    process.stderr.write(`mini-runc: ${line}\n`)
    logFailure(argv, inWords(error.message))
    return failure
  }
}

const startsNothing = ({ exit }: MiniDockerError): boolean =>
  exit === exitCode.notFound || exit === exitCode.notExecutable

function logFailure(argv: readonly string[], message: string): void {
  try {
    log(logOf(readOptions('mini-runc', globals, argv)), 'error', message)
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error // else that is what went wrong: nobody knows where the log would be
  }
}

function logOf(global: Parsed): Log {
  const file = one(global, 'log')
  return { json: one(global, 'log-format') === 'json', ...(file === undefined ? {} : { file }) }
}

interface Asked {
  readonly command?: Command
  readonly call: () => Promise<number> | number
}

/** What is asked for, when the words for it are such. @throws MiniDockerError */
function read(argv: readonly string[], commands: Commands): Asked {
  const global = readOptions('mini-runc', [...globals, help], argv)
  if (global.options.has('version')) return { call: () => said(versionText()) }
  const [name = '', ...rest] = global.rest
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    if (!['', 'help'].includes(name))
      fail('InvalidArgument', { what: `command '${name}'`, why: 'is unknown', hint: 'mini-runc --help' })
    const list = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
    const about = helpOf(
      'mini-runc [OPTIONS] COMMAND [ARG...]',
      'A runtime of the OCI: runc, as ch1 to ch3 built it.',
      globals,
    )
    return { call: () => said(`${about}\ncommands:\n${list.join('\n')}\n`) }
  }
  const parsed = readOptions(`mini-runc ${name}`, [...command.options, help], rest)
  if (parsed.options.has('help')) {
    return { call: () => said(helpOf(`mini-runc ${name} [OPTIONS] ${command.usage}`, command.about, command.options)) }
  }
  if (command.usage.startsWith('ID')) idOf(parsed)
  if (global.options.has('systemd-cgroup')) {
    // sd_booted(3); an engine that asks for it gives paths of slices, which are no places
    const why = fs.existsSync('/run/systemd/system') ? 'is not supported' : 'systemd does not run here'
    fail('Unsupported', { what: '--systemd-cgroup', why, hint: "let the engine's cgroup driver be cgroupfs" })
  }
  const warn = (text: string): void => log(logOf(global), 'warning', text)
  const root = one(global, 'root') ?? defaultRoot()
  return { command, call: async () => command.run(parsed, await Containers.open(root, warn)) }
}

function said(text: string): number {
  out(text)
  return 0
}

/** Where runc has it: an ordinary user has no /run, nor has the root of a user namespace that podman has made for one. */
function defaultRoot(): string {
  const own = process.env.XDG_RUNTIME_DIR
  if (own === undefined || own === '') return '/run/mini-runc'
  const isRoot = process.geteuid?.() === 0 && probeFacts().userNamespace.initial
  return isRoot ? '/run/mini-runc' : `${own}/mini-runc`
}
