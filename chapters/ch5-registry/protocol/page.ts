/**
 * Lists come in pages: `?n=100&last=v1.2`, and a Link where there is more. Source: distribution-spec "Listing Tags".
 */

import { nextLink } from './link.js'

/** No page is longer, whatever is asked for. */
export const PAGE_MAX = 10_000

export interface PageRequest {
  readonly count: number
  /** Names after this one alone. */
  readonly last: string | null
}

/** @returns null for an `n` that is no number */
export function parsePage(query: URLSearchParams): PageRequest | null {
  const n = query.get('n')
  if (n !== null && !/^\d{1,9}$/.test(n)) return null
  return { count: Math.min(n === null ? PAGE_MAX : Number(n), PAGE_MAX), last: query.get('last') || null }
}

export interface Page<T> {
  readonly items: readonly T[]
  /** The value of a Link header, null at the end. */
  readonly link: string | null
}

/**
 * @param sorted all that there is, in the order of `nameOf`
 * @param path of this list
 */
export function pageOf<T>(
  sorted: readonly T[],
  { count, last }: PageRequest,
  nameOf: (item: T) => string,
  path: string,
): Page<T> {
  const rest = last === null ? sorted : sorted.filter(item => nameOf(item) > last)
  const items = rest.slice(0, count)
  const end = items.at(-1)
  if (end === undefined || rest.length === items.length) return { items, link: null }
  const next = new URLSearchParams({ n: String(count), last: nameOf(end) })
  return { items, link: nextLink(`${path}?${next}`) }
}
