/**
 * Patterns of file names as Go's filepath.Match has them: * any text and ? any character without a slash, [a-z] [^a-z] one of
 * some, \ makes the next one plain. Braces, ! and + are ordinary characters, which is why no package for a shell's patterns
 * serves. Sources: pkg.go.dev/path/filepath#Match; docs.docker.com/reference/dockerfile "COPY", "Adding files matching a pattern".
 */

import { fail } from '#core/errors'

/** Whether the word is more than a name. */
export const isPattern = (word: string): boolean => /[*?[\\]/.test(word)

/**
 * @param doubleStar ** is any text, slashes and all: in .dockerignore and --exclude
 * @throws MiniDockerError InvalidArgument
 */
export function compileGlob(pattern: string, doubleStar = false): RegExp {
  const refuse = (why: string): never => fail('InvalidArgument', { what: `pattern '${pattern}'`, why })
  let source = ''
  let at = 0
  while (at < pattern.length) {
    const char = String.fromCodePoint(pattern.codePointAt(at)!)
    at += char.length
    if (char === '*' && doubleStar && pattern[at] === '*') {
      while (pattern[at] === '*') at++
      if (at >= pattern.length) source += '.*'
      else {
        if (pattern[at] === '/') at++
        source += '(?:.*/)?' // of no directory, too: **/a is a as well
      }
    } else if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '\\') {
      if (at >= pattern.length) refuse('ends with a \\ that makes nothing plain')
      const next = String.fromCodePoint(pattern.codePointAt(at)!)
      at += next.length
      source += plain(next)
    } else if (char === '[') {
      const [, not, body] = /^(\^?)((?:\\[\s\S]|[^\]\\])+)\]/.exec(pattern.slice(at)) ?? []
      if (body === undefined) return refuse("a '[' has no ']'")
      at += not!.length + body.length + 1
      source += `[${not}${rangesOf(body, refuse)}]`
    } else source += plain(char)
  }
  return new RegExp(`^${source}$`, 'su')
}

const plain = (char: string): string => (/[\\^$.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char)

function rangesOf(body: string, refuse: (why: string) => never): string {
  const chars = [...body.matchAll(/\\([\s\S])|([\s\S])/gu)].map(([, escaped, char]) => ({
    char: (escaped ?? char)!,
    dash: char === '-',
  }))
  let ranges = ''
  for (let at = 0; at < chars.length; at++) {
    const low = chars[at]!
    if (low.dash) refuse("a '-' stands where a range has no beginning")
    if (chars[at + 1]?.dash !== true) {
      ranges += plain(low.char)
      continue
    }
    const high = chars[at + 2]
    if (high === undefined || high.dash) return refuse("a '-' stands where a range has no end")
    if (high.char < low.char) return refuse(`'${low.char}-${high.char}' runs backwards`)
    ranges += `${plain(low.char)}-${plain(high.char)}`
    at += 2
  }
  return ranges
}
