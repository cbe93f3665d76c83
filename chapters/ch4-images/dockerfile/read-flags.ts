/** `--name=value` before an instruction's own words: which ones it knows, and what is left. */

import { fail } from '#core/errors'
import type { Escape } from './parse.js'
import { splitWords, unquote } from './words.js'

export interface FlagsRead {
  readonly rest: string
  one(name: string): string | null
  all(name: string): readonly string[]
  /** Given, and not `=false`. */
  on(name: string): boolean
}

/** Names that may be given more than once. */
const many: ReadonlySet<string> = new Set(['mount', 'exclude'])
const switches: ReadonlySet<string> = new Set(['link', 'parents', 'unpack', 'keep-git-dir'])

/** @throws MiniDockerError InvalidArgument for one that is unknown or said twice */
export function readFlags(keyword: string, text: string, known: readonly string[], escape: Escape): FlagsRead {
  const values = new Map<string, string[]>()
  let rest = text
  for (;;) {
    const word = /^\S+/.exec(rest)?.[0]
    if (word === undefined || !word.startsWith('--')) break
    const whole = word === '--' ? word : firstWord(rest, escape)
    rest = rest.slice(whole.length).trimStart()
    if (whole === '--') break // what follows may begin with dashes
    const [, name = '', value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(whole)!
    if (!known.includes(name)) {
      const hint = known.length === 0 ? 'it has none' : known.map(one => `--${one}`).join(', ')
      fail('InvalidArgument', { what: `flag '--${name}' of ${keyword}`, why: 'is unknown', hint })
    }
    if (value === undefined && !switches.has(name)) {
      fail('InvalidArgument', { what: `flag '--${name}' of ${keyword}`, why: 'needs a value', hint: `--${name}=…` })
    }
    const before = values.get(name) ?? []
    if (before.length > 0 && !many.has(name)) {
      fail('InvalidArgument', { what: `flag '--${name}' of ${keyword}`, why: 'is said twice' })
    }
    values.set(name, [...before, value === undefined ? 'true' : unquote(value, escape)])
  }
  const all = (name: string): readonly string[] => values.get(name) ?? []
  return { rest, all, one: name => all(name)[0] ?? null, on: name => values.has(name) && all(name)[0] !== 'false' }
}

/** Up to a blank outside of quotes. */
function firstWord(text: string, escape: Escape): string {
  for (let end = 1; end <= text.length; end++) {
    if (end < text.length && !/\s/.test(text[end]!)) continue
    if (splitWords(text.slice(0, end), escape)?.length === 1) return text.slice(0, end)
  }
  return fail('InvalidArgument', { what: `'${text}'`, why: 'a quote has no end' })
}
