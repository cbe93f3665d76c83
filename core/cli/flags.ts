/**
 * Flags, as one table per command with two readers: this parser, which is on the path of every run and loads nothing, and
 * commander, which writes the help when somebody asks for it (help.ts).
 *
 * Flags end at the first argument that is none, or at `--`: what follows is the container's command. Where there is none to
 * follow, they may stand behind names, too.
 */

import { fail } from '#core/errors'

export interface Flag {
  readonly name: string
  readonly short?: string
  /** What the value stands for, `KEY=VALUE`; absent: the flag is a switch. */
  readonly value?: string
  /** May be given more than once. */
  readonly many?: boolean
  /** All that follows is its value, word by word, whatever it looks like: a command. */
  readonly takesRest?: boolean
  readonly about: string
}

export class Flags {
  readonly #values = new Map<string, string[]>()
  /** What stood behind `--`, null when there was none: it is a part of `rest`, too. */
  afterDashes: readonly string[] | null = null

  add(name: string, value: string): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value])
  }
  /** Names of all that were given. */
  names(): readonly string[] {
    return [...this.#values.keys()]
  }
  on(name: string): boolean {
    return this.#values.has(name)
  }
  one(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }
}

export interface Parsed {
  readonly flags: Flags
  readonly rest: readonly string[]
  readonly help: boolean
}

/**
 * @param command its full name, for the hint
 * @param throughout flags may also follow what is none: no command of a container's comes after them
 * @throws MiniDockerError InvalidArgument
 */
export function parseFlags(
  command: string,
  table: readonly Flag[],
  argv: readonly string[],
  throughout = false,
): Parsed {
  const flags = new Flags()
  const rest: string[] = []
  const hint = `mini-docker ${command} --help`
  let at = 0
  const valueOf = (flag: Flag, said: string, attached: string | undefined): string => {
    if (flag.value === undefined) {
      if (attached === undefined || attached === 'true') return 'true'
      return fail('InvalidArgument', { what: `flag '${said}=${attached}'`, why: 'takes no value', hint })
    }
    const value = attached ?? argv[at++]
    return value ?? fail('InvalidArgument', { what: `flag '${said}'`, why: `needs a value: ${flag.value}`, hint })
  }
  const accept = (flag: Flag, said: string, attached: string | undefined): void => {
    if (flags.on(flag.name) && flag.many !== true && flag.value !== undefined) {
      fail('InvalidArgument', { what: `flag '${said}'`, why: 'was given twice', hint })
    }
    flags.add(flag.name, valueOf(flag, said, attached))
    if (flag.takesRest !== true) return
    for (; at < argv.length; at++) flags.add(flag.name, argv[at]!)
  }
  const unknown = (said: string): never => fail('InvalidArgument', { what: `flag '${said}'`, why: 'is unknown', hint })

  while (at < argv.length) {
    const word = argv[at]!
    if (word === '--') {
      flags.afterDashes = argv.slice(at + 1)
      return { flags, rest: [...rest, ...flags.afterDashes], help: false }
    }
    if (word === '--help' || word === '-h') return { flags, rest: [], help: true }
    const isFlag = word.startsWith('-') && word !== '-'
    if (!isFlag && !throughout) break
    at++
    if (!isFlag) {
      rest.push(word)
      continue
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=')
      const said = equals < 0 ? word : word.slice(0, equals)
      const flag = table.find(({ name }) => `--${name}` === said) ?? unknown(said)
      accept(flag, said, equals < 0 ? undefined : word.slice(equals + 1))
      continue
    }
    // -it is -i -t; the last of a bundle may take a value: -eKEY=VALUE, -e KEY=VALUE
    for (let i = 1; i < word.length; i++) {
      const said = `-${word[i]}`
      const flag = table.find(({ short }) => short === word[i]) ?? unknown(said)
      const tail = word.slice(i + 1)
      accept(flag, said, flag.value !== undefined && tail !== '' ? tail.replace(/^=/, '') : undefined)
      if (flag.value !== undefined) break
    }
  }
  return { flags, rest: [...rest, ...argv.slice(at)], help: false }
}
