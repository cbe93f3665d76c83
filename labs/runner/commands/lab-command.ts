/** A command of `mini-docker lab`. Its labs may be named in front of flags or behind them: `lab check ch1/escape --json`. */

import type { Command } from '#core/cli/command'
import { type Flag, Flags, parseFlags } from '#core/cli/flags'
import { fail } from '#core/errors'

export interface LabCommand {
  /** `lab check` */
  readonly name: string
  readonly about: string
  readonly usage: string
  /** How many labs may be named. */
  readonly most: number
  readonly flags: readonly Flag[]
  readonly examples: readonly string[]
  run(flags: Flags, ids: readonly string[]): Promise<number> | number
}

export function labCommand(one: LabCommand): Command {
  const { name, about, usage, flags, examples } = one
  const command: Command = {
    name,
    about,
    usage,
    flags,
    examples,
    async run(before, rest) {
      const given = everywhere(one, before, rest)
      if (!given.help) return one.run(given.flags, given.ids)
      process.stdout.write((await import('#core/cli/help')).commandHelp(command))
      return 0
    },
  }
  return command
}

interface Given {
  readonly flags: Flags
  readonly ids: readonly string[]
  readonly help: boolean
}

/** The parser stops at what is no flag, for commands that run a command; none of these does. */
function everywhere({ name, flags: table, most }: LabCommand, before: Flags, rest: readonly string[]): Given {
  const flags = new Flags()
  const ids: string[] = []
  const take = (some: Flags): void => {
    for (const key of some.names()) for (const value of some.all(key)) flags.add(key, value)
  }
  take(before)
  for (let left = rest; left.length > 0; ) {
    ids.push(left[0]!)
    const parsed = parseFlags(name, table, left.slice(1))
    if (parsed.help) return { flags, ids, help: true }
    take(parsed.flags)
    left = parsed.rest
  }
  if (ids.length > most) {
    const why = most === 0 ? 'it takes none' : `${name} takes ${most === 1 ? 'one lab' : `${most} labs`}`
    fail('InvalidArgument', { what: `argument '${ids[most]}'`, why, hint: `mini-docker ${name} --help` })
  }
  return { flags, ids, help: false }
}
