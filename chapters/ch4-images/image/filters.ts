/** `--filter KEY=VALUE` of images and prune, as docker has them. Pure. */

import { fail } from '#core/errors'

export type Filters = ReadonlyMap<string, readonly string[]>

/** @throws MiniDockerError InvalidArgument for what is no filter, or not one of `known` */
export function parseFilters(texts: readonly string[], known: readonly string[]): Filters {
  const filters = new Map<string, string[]>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    const key = text.slice(0, Math.max(0, equals))
    if (!known.includes(key)) {
      const hint = known.map(name => `${name}=…`).join(', ')
      fail('InvalidArgument', { what: `filter '${text}'`, why: equals < 0 ? 'is not KEY=VALUE' : 'is unknown', hint })
    }
    filters.set(key, [...(filters.get(key) ?? []), text.slice(equals + 1)])
  }
  return filters
}

/** true and false in all forms that Go reads. @throws MiniDockerError InvalidArgument */
export function booleanOf(key: string, text: string): boolean {
  if (['1', 't', 'true'].includes(text.toLowerCase())) return true
  if (['0', 'f', 'false'].includes(text.toLowerCase())) return false
  return fail('InvalidArgument', { what: `filter '${key}=${text}'`, why: 'is neither true nor false' })
}

/** All must match: `label=KEY` that it is there, `label=KEY=VALUE` what it is. */
export function matchesLabels(labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean {
  return wanted.every(text => {
    const equals = text.indexOf('=')
    if (equals < 0) return Object.hasOwn(labels, text)
    return labels[text.slice(0, equals)] === text.slice(equals + 1)
  })
}

const seconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

/** `until=24h`, `1h30m`, a time in RFC 3339, seconds since 1970. @returns milliseconds since 1970 @throws InvalidArgument */
export function untilOf(text: string, now: number): number {
  if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    const ago = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)].map(([, n, unit]) => Number(n) * seconds[unit!]!)
    return now - ago.reduce((sum, part) => sum + part, 0) * 1000
  }
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return time
  return fail('InvalidArgument', {
    what: `filter 'until=${text}'`,
    why: 'is neither a duration nor a time',
    hint: 'until=24h, until=2026-01-31',
  })
}

/** path.Match of Go, as `reference=` takes it: `*` and `?` within a component, `[a-z]`. */
export function globOf(pattern: string): RegExp {
  const text = pattern.replace(/\[[^\]]*\]|[\s\S]/g, part => {
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.length > 1 ? part : part.replace(/[.+^${}()|\\[\]]/g, '\\$&')
  })
  return new RegExp(`^${text}$`)
}
