/**
 * What a .dockerignore leaves out of the context, by moby's rules: a pattern a line, `!` takes back, the last one that matches
 * counts, and what matches a directory goes for all below it. Upper and lower case differ.
 *
 * Ours, as packages read such a pattern as a regular expression with a few changes: `c++` or `a(1)` are names here.
 * Source: docs.docker.com/build/concepts/context "dockerignore files"; github.com/moby/patternmatcher.
 */

import { fail } from '#core/errors'
import { compileGlob } from './glob.js'

export interface Ignore {
  /** @param path relative to the context, `a/b`; '' is the context itself, which always stays */
  ignores(path: string): boolean
  /** Something below it may be taken back: a directory that is left out has to be looked into. */
  readonly takesBack: boolean
}

interface Rule {
  readonly matches: RegExp
  readonly back: boolean
}

export const ignoreNothing: Ignore = { ignores: () => false, takesBack: false }

/** @throws MiniDockerError InvalidArgument with the line's number */
export const parseIgnore = (text: string, file = '.dockerignore'): Ignore =>
  ignoreOf(
    text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .map((line, index) => ({ line, where: `${file}:${index + 1}` }))
      .filter(({ line }) => !line.startsWith('#')),
  )

/** The same for `--exclude`. */
export const ignorePatterns = (patterns: readonly string[]): Ignore =>
  patterns.length === 0 ? ignoreNothing : ignoreOf(patterns.map(line => ({ line, where: `--exclude=${line}` })))

function ignoreOf(lines: readonly { readonly line: string; readonly where: string }[]): Ignore {
  const rules: Rule[] = []
  for (const { line, where } of lines) {
    const said = line.trim()
    if (said === '') continue
    const back = said.startsWith('!')
    const pattern = cleanPath(back ? said.slice(1).trim() : said)
    if (pattern === '' && back) fail('InvalidArgument', { what: where, why: "'!' takes nothing back" })
    if (pattern === '' || pattern === '.') continue
    rules.push({ matches: compileGlob(pattern, true), back })
  }
  if (rules.length === 0) return ignoreNothing
  const ignores = (path: string): boolean => {
    if (path === '') return false
    const prefixes = prefixesOf(path)
    let left = false
    for (const { matches, back } of rules) {
      // one that could not change what is decided so far is not asked
      if (back === left && prefixes.some(prefix => matches.test(prefix))) left = !back
    }
    return left
  }
  return { ignores, takesBack: rules.some(({ back }) => back) }
}

/** a/b/c → a, a/b, a/b/c */
const prefixesOf = (path: string): string[] =>
  path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'))

/** As Go's filepath.Clean does, and relative to the context: /a/../b/ is b. What leads out of it matches nothing in it. */
export function cleanPath(path: string): string {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop()
    else if (name !== '..' || !path.startsWith('/')) names.push(name)
  }
  return names.join('/')
}
