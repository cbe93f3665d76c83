/**
 * What `--exclude` means, as in gitignore(5): a name without a slash is meant at any depth, a path from the top of the tree;
 * `*` and `?` stop at a slash, `**` does not; `!` takes back what an earlier pattern left out. Of a directory that is left
 * out, nothing is looked at. Pure.
 */

import { fail } from '#core/errors'

export type Excludes = (path: string) => boolean

interface Rule {
  readonly excludes: boolean
  readonly expression: RegExp
}

/** @returns whether a path (absolute in the tree, '/var/cache') is left out, itself or with a directory above it */
export function excludesOf(patterns: readonly string[]): Excludes {
  const rules = patterns.map(ruleOf)
  if (rules.length === 0) return () => false
  const known = new Map<string, boolean>([['/', false]])
  const excluded = (path: string): boolean => {
    const answer = known.get(path)
    if (answer !== undefined) return answer
    const parent = path.slice(0, path.lastIndexOf('/')) || '/'
    const found = excluded(parent) || rules.findLast(({ expression }) => expression.test(path))?.excludes === true
    known.set(path, found)
    return found
  }
  return excluded
}

function ruleOf(pattern: string): Rule {
  const negated = pattern.startsWith('!')
  const text = (negated ? pattern.slice(1) : pattern).replace(/\/+$/, '')
  if (text === '') {
    fail('InvalidArgument', {
      what: `--exclude '${pattern}'`,
      why: 'names nothing that could be left out',
      hint: "--exclude node_modules, --exclude /var/cache, --exclude '*.log'",
    })
  }
  const anchored = text.includes('/')
  const path = text.replace(/^\/+/, '')
  return { excludes: !negated, expression: new RegExp(`^${anchored ? '/' : '/(?:.*/)?'}${source(path)}$`, 's') }
}

/** glob(7), component by component. */
function source(path: string): string {
  let out = ''
  for (let at = 0; at < path.length; ) {
    const rest = path.slice(at)
    const [set] = /^\[(?:!?\]?[^\]/]*)\]/.exec(rest) ?? []
    if (/^\*\*\//.test(rest) && (at === 0 || path[at - 1] === '/')) {
      out += '(?:.*/)?'
      at += 3
    } else if (rest.startsWith('**')) {
      out += '.*'
      at += 2
    } else if (rest[0] === '*' || rest[0] === '?') {
      out += rest[0] === '*' ? '[^/]*' : '[^/]'
      at += 1
    } else if (set !== undefined) {
      out += setSource(set)
      at += set.length
    } else {
      if (rest[0] === '\\' && rest.length > 1) at += 1 // what follows is itself
      out += path[at]!.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
      at += 1
    }
  }
  return out
}

const setSource = (set: string): string => {
  const negated = set[1] === '!' || set[1] === '^'
  const inner = set.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, '\\$&')
  return negated ? `[^/${inner}]` : `[${inner}]`
}
