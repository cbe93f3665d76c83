/** Help, by commander, from the same table of flags that the parser reads. Loaded only when somebody asks. */

import { Help, Option, Command as Program } from 'commander'
import type { Command } from './command.js'

/** One command: usage, flags, examples. */
export function commandHelp(command: Command): string {
  const program = new Program(`mini-docker ${command.name}`)
    .description(command.about)
    .usage(`[flags] ${command.usage}`.trim())
    .helpOption('-h, --help', 'show this')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 110) })
  for (const { name, short, value, many, about } of command.flags) {
    const names = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`
    program.addOption(new Option(names, many === true ? `${about} (may be repeated)` : about))
  }
  const examples = command.examples.map(example => `  $ mini-docker ${example}`).join('\n')
  return `${program.helpInformation()}\nExamples:\n${examples}\n`
}

export interface Topic {
  readonly name: string
  readonly about: string
}

/** The tool or a chapter: what there is below it. */
export function topicHelp(name: string, about: string, topics: readonly Topic[]): string {
  const program = new Program(name).description(about).usage('COMMAND [flags] …').helpOption('-h, --help', 'show this')
  for (const topic of topics) program.command(topic.name).description(topic.about)
  program.configureHelp({
    visibleCommands: command => new Help().visibleCommands(command).filter(shown => shown.name() !== 'help'),
    subcommandTerm: command => command.name(),
  })
  return program.helpInformation()
}
