/**
 * Words as an instruction has them: quotes, escapes and variables.
 *
 * `$A`, `${A}`, `${A:-x}` and `${A-x}` (or else x), `${A:+x}` and `${A+x}` (x if there is one), `${A:?x}` (fail), `${A#p}`, `${A##p}`,
 * `${A%p}`, `${A%%p}` (cut off at the front, at the end; doubled: as much as possible), `${A/p/x}`, `${A//p/x}` (replace one, all).
 * With the colon, an empty value counts as none. Inside '…' nothing is special; inside "…" an escape protects ", $ and itself.
 * Source: docs.docker.com/reference/dockerfile "Environment replacement".
 */

import { fail } from '#core/errors'
import type { Escape } from './parse.js'
import { replacePattern, trimPattern } from './pattern.js'

export interface Expansion {
  readonly variables: ReadonlyMap<string, string>
  readonly escape: Escape
  /** Quotes and escapes stay as they are: a heredoc is text, and no word. */
  readonly raw?: boolean
}

/** As deep as anybody nests; what is deeper would take our own stack. */
const DEEPEST = 100

/** @throws MiniDockerError InvalidArgument */
export const expand = (text: string, expansion: Expansion): string => new Reader(text, expansion).all()

/** The same, and split at the blanks that come of it: `EXPOSE $PORTS`. */
export function expandToWords(text: string, expansion: Expansion): string[] {
  const words = splitWords(text, expansion.escape) ?? [text]
  return words.flatMap(word => {
    const value = expand(word, expansion)
    return /["']/.test(word) ? [value] : value.split(/\s+/).filter(one => one !== '')
  })
}

/** Without quotes and escapes; a $ is a $. */
export function unquote(text: string, escape: Escape): string {
  let plain = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote !== "'" && char === escape && at + 1 < text.length) plain += text[++at]
    else if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) quote = char
    else plain += char
  }
  return plain
}

/** At blanks outside of quotes; quotes and escapes are kept. null: a quote has no end. */
export function splitWords(text: string, escape: Escape): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote === '' && /\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
      continue
    }
    word = (word ?? '') + char
    if (char === escape && quote !== "'" && at + 1 < text.length) word += text[++at]
    else if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) quote = char
  }
  if (quote !== '') return null
  return word === null ? words : [...words, word]
}

class Reader {
  #at = 0
  readonly #text: string
  readonly #expansion: Expansion
  #depth = 0

  constructor(text: string, expansion: Expansion) {
    this.#text = text
    this.#expansion = expansion
  }

  all(): string {
    return this.#until('')
  }

  /** Up to a character that ends it, which is taken, too; '' is the end of the text. */
  #until(ends: string): string {
    const { escape, raw } = this.#expansion
    if (++this.#depth > DEEPEST) this.#refuse('is nested too deeply')
    let value = ''
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined) {
        if (ends !== '') this.#refuse(`has no '${ends[0]}' at its end`)
        break
      }
      this.#at++
      if (ends.includes(char)) {
        this.#at-- // whoever waits for it looks which one it is
        break
      }
      if (char === escape) value += this.#escaped(raw === true)
      else if (char === '$') value += this.#variable()
      else if (raw === true || (char !== '"' && char !== "'")) value += char
      else if (char === "'") value += this.#single()
      else value += this.#double()
    }
    this.#depth--
    return value
  }

  #escaped(raw: boolean): string {
    const next = this.#text[this.#at++]
    const { escape } = this.#expansion
    return raw ? escape + (next ?? '') : (next ?? '')
  }

  #single(): string {
    const end = this.#text.indexOf("'", this.#at)
    if (end < 0) this.#refuse("has no ' at its end")
    const value = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return value
  }

  #double(): string {
    const { escape } = this.#expansion
    let value = ''
    for (;;) {
      const char = this.#text[this.#at++]
      if (char === undefined) this.#refuse('has no " at its end')
      if (char === '"') return value
      if (char === '$') value += this.#variable()
      else if (char === escape) {
        const next = this.#text[this.#at++]
        if (next === undefined) this.#refuse('has no " at its end')
        value += ['"', '$', escape].includes(next!) ? next : escape + next
      } else value += char
    }
  }

  /** After the $. */
  #variable(): string {
    if (this.#text[this.#at] !== '{') {
      const name = this.#name()
      return name === '' ? '$' : (this.#expansion.variables.get(name) ?? '')
    }
    this.#at++
    const name = this.#name()
    if (name === '') this.#refuse("has no name after '${'")
    const value = this.#expansion.variables.get(name)
    if (this.#take('}')) return value ?? ''
    const modified = this.#modified(name, value)
    if (!this.#take('}')) this.#refuse("has no '}' at its end")
    return modified
  }

  #modified(name: string, value: string | undefined): string {
    const orEmpty = this.#take(':')
    const isThere = value !== undefined && !(orEmpty && value === '')
    const sign = this.#text[this.#at++] ?? ''
    if (orEmpty && !'-+?'.includes(sign)) this.#refuse(`':${sign}' after '${name}' means nothing`)
    switch (sign) {
      case '-': {
        const other = this.#until('}')
        return isThere ? value : other
      }
      case '+': {
        const other = this.#until('}')
        return isThere ? other : ''
      }
      case '?': {
        const why = this.#until('}')
        if (isThere) return value
        return fail('InvalidArgument', { what: `variable '${name}'`, why: why === '' ? 'is not set' : why })
      }
      case '#':
      case '%': {
        const most = this.#take(sign)
        return trimPattern(value ?? '', this.#until('}'), sign === '#' ? 'front' : 'end', most)
      }
      case '/': {
        const all = this.#take('/')
        const pattern = this.#until('/}')
        const other = this.#take('/') ? this.#until('}') : ''
        return replacePattern(value ?? '', pattern, other, all)
      }
      default:
        return this.#refuse(sign === '' ? "has no '}' at its end" : `'${sign}' after '${name}' means nothing`)
    }
  }

  /** A shell's name, or one of the parameters that a shell gives a script ($1, $@), which are never set here. */
  #name(): string {
    const [name = ''] = /^(?:[A-Za-z_]\w*|\d+|[@*#])/.exec(this.#text.slice(this.#at, this.#at + 4096)) ?? []
    this.#at += name.length
    return name
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #refuse(why: string): never {
    const shown = this.#text.length > 80 ? `${this.#text.slice(0, 80)}…` : this.#text
    return fail('InvalidArgument', { what: `'${shown}'`, why, hint: 'a $ that is meant is written \\$' })
  }
}
