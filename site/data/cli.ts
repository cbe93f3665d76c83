/** Every command of the tool, from the objects that parse it and print its help. */

import { toc } from '#chapters/toc'
import type { Command } from '#core/cli/command'
import { doctorCommand } from '#core/cli/doctor'
import { rootfsCommand } from '#core/cli/rootfs'
import { commands as labCommands } from '#labs/runner/commands/index'
import type { Language } from './labs.js'
import { translated } from './translated.js'

export interface FlagRow {
  /** `-v, --volume SRC:DST[:ro]` */
  readonly names: string
  readonly about: string
  readonly many: boolean
}
export interface CommandRow {
  readonly name: string
  readonly about: string
  readonly usage: string
  readonly flags: FlagRow[]
  readonly examples: string[]
}

export async function allCommands(): Promise<Command[]> {
  const ofChapters = await Promise.all(toc.map(async ({ commands }) => (commands === undefined ? [] : commands())))
  return [...ofChapters.flat(), ...labCommands, rootfsCommand, doctorCommand([])]
}

/** A flag says the same in most commands: the key of its text is `--net` unless a command's own is there. */
export const keysOf = (command: string, flag: string): readonly string[] => [`${command} --${flag}`, `--${flag}`]

export async function commandRows(language: Language): Promise<CommandRow[]> {
  const text = (keys: readonly string[], english: string): string =>
    keys.reduceRight((known, key) => translated('cli', key, known, language), english)
  return (await allCommands()).map(command => ({
    name: command.name,
    about: text([command.name], command.about),
    usage: `mini-docker ${command.name} [flags] ${command.usage}`.trim(),
    flags: command.flags.map(({ name, short, value, many, about }) => ({
      names: `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
      about: text(keysOf(command.name, name), about),
      many: many === true,
    })),
    examples: command.examples.map(example => `mini-docker ${example}`),
  }))
}
