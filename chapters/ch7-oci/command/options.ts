/**
 * One table of options says what a command takes, reads its arguments and prints its help. Words as runc has them, so that engines
 * can call it: `--name value`, `--name=value`, one dash for two, `-n value`; `--` ends the options.
 */

import { fail } from '#core/errors'

export interface Option {
  readonly name: string
  readonly short?: string
  /** What its value is called; without one it is a switch. */
  readonly value?: string
  readonly about: string
}

export interface Parsed {
  /** All values of each in their order; a switch that is off is not there. */
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[]
}

/** Options come first: what begins with a dash after the first argument is the container's. @throws MiniDockerError InvalidArgument */
export function readOptions(command: string, table: readonly Option[], argv: readonly string[]): Parsed {
  const options = new Map<string, string[]>()
  let at = 0
  for (; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') {
      at++
      break
    }
    const [, name, given] = /^--?([^=-][^=]*)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) break
    const option = table.find(one => one.name === name || one.short === name)
    if (option === undefined) {
      fail('InvalidArgument', { what: `${command}: option '${word}'`, why: 'is unknown', hint: `${command} --help` })
    }
    if (option.value === undefined) {
      if (isOn(command, word, given)) options.set(option.name, [''])
      else options.delete(option.name)
      continue
    }
    const value = given ?? argv[++at]
    if (value === undefined) {
      fail('InvalidArgument', { what: `${command}: option '${word}'`, why: `needs a value: ${option.value}` })
    }
    options.set(option.name, [...(options.get(option.name) ?? []), value])
  }
  return { options, rest: argv.slice(at) }
}

function isOn(command: string, word: string, given: string | undefined): boolean {
  if (given === undefined || given === 'true') return true
  if (given === 'false') return false
  return fail('InvalidArgument', { what: `${command}: option '${word}'`, why: 'is on or off: =true or =false' })
}

export function helpOf(usage: string, about: string, table: readonly Option[]): string {
  const words = ({ name, short, value }: Option): string =>
    `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
  const width = Math.max(0, ...table.map(option => words(option).length))
  const rows = table.map(option => `  ${words(option).padEnd(width)}  ${option.about}`)
  return [`usage: ${usage}`, '', about, ...(rows.length === 0 ? [] : ['', 'options:', ...rows]), ''].join('\n')
}
