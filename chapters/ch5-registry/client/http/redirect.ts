/**
 * Redirects, followed by hand: registries send blobs from other hosts, and no Authorization goes there. Pure.
 * Source: RFC 9110, 15.4; RFC 9110, 11.6.2 on credentials and other origins.
 */

import type { Ask, Head } from './exchange.js'
import { originOf } from './exchange.js'

export const REDIRECTS_MAX = 10

export type Redirect =
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly ask: Ask }
  | { readonly kind: 'refuse'; readonly why: string }

/** @param lax whether this plain HTTP address may be asked although the one before was not plain */
export function afterRedirect(ask: Ask, { status, headers }: Head, lax: (origin: string) => boolean): Redirect {
  const keeps = status === 307 || status === 308
  if (!keeps && status !== 301 && status !== 302 && status !== 303) return { kind: 'none' }
  if (!keeps && ask.method !== 'GET' && ask.method !== 'HEAD') {
    return { kind: 'refuse', why: `answers ${ask.method} with a redirect that changes the method (${status})` }
  }
  const target = headers.location === undefined ? null : parse(headers.location, ask.url)
  if (target === null) return { kind: 'refuse', why: `redirects (${status}) to nowhere` }
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    return { kind: 'refuse', why: `redirects to ${target.protocol}` }
  }
  if (ask.url.startsWith('https:') && target.protocol === 'http:' && !lax(target.origin)) {
    return { kind: 'refuse', why: `redirects from HTTPS to plain HTTP at ${target.host}` }
  }
  target.username = ''
  target.password = ''
  const { authorization: _, cookie: __, ...others } = ask.headers
  const headersThere = target.origin === originOf(ask.url) ? ask.headers : others
  return { kind: 'follow', ask: { ...ask, url: target.href, headers: headersThere } }
}

function parse(text: string, base: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}
