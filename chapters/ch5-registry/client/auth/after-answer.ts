/**
 * What to do after an answer that may ask who we are. A registry says 401 and names a scheme: Basic wants name and password with
 * each request, Bearer a token that another server gives out for what is to be done (a scope). Pure.
 * Source: RFC 9110, 11.6; distribution's "Token Authentication Specification" and "OAuth2 Token Authentication".
 */

import { covers } from '../../parts-in-use.js'
import { type Challenge, parseChallenges } from '../../protocol/challenge.js'
import { formatScope, parseScopes, type Scope } from '../../protocol/scope.js'
import type { Ask, Head } from '../http/exchange.js'

/** What a user has at a registry. */
export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** In the place of a password: a token server gave it out at login. */
  | { readonly kind: 'identity'; readonly token: string }

export interface Grant {
  readonly scopes: readonly Scope[]
  readonly token: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** What one request brought so far. */
export interface AuthState {
  readonly credentials: Credentials | null
  /** What the request needs. */
  readonly needs: readonly Scope[]
  /** The registry's address: a token server on plain HTTP is taken only from one that is plain as well. */
  readonly url: string
  /** The request was made with credentials or a fresh token already. */
  readonly isRetried: boolean
}

export type Move =
  | { readonly kind: 'accept' }
  | { readonly kind: 'basic'; readonly authorization: string }
  | { readonly kind: 'token'; readonly ask: Ask; readonly scopes: readonly Scope[] }
  | { readonly kind: 'refuse'; readonly why: string }

export function afterAnswer(state: AuthState, { status, headers }: Head): Move {
  if (status !== 401) return { kind: 'accept' }
  // once: a server that says it again means it
  if (state.isRetried) return { kind: 'refuse', why: 'does not accept these credentials' }
  const challenges = parseChallenges(headers['www-authenticate'] ?? '')
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined)
  if (bearer !== undefined) return tokenMove(state, bearer)
  if (!challenges.some(({ scheme }) => scheme === 'basic')) {
    return { kind: 'refuse', why: 'wants to know who you are, and does not say how' }
  }
  const { credentials } = state
  if (credentials?.kind !== 'password') return { kind: 'refuse', why: 'wants a name and a password' }
  return { kind: 'basic', authorization: basicOf(credentials.user, credentials.password) }
}

function tokenMove(state: AuthState, { parameters }: Challenge): Move {
  const realm = urlOf(parameters.realm!)
  if (realm === null) return { kind: 'refuse', why: 'names a token server that is no address' }
  if (realm.protocol !== 'https:' && !state.url.startsWith('http:')) {
    return { kind: 'refuse', why: 'names a token server without HTTPS' }
  }
  const asked = parseScopes(parameters.scope ?? '')
  const scopes = [...state.needs, ...asked.filter(one => !covers(state.needs, one))]
  return { kind: 'token', scopes, ask: tokenAsk(realm, parameters.service, scopes, state.credentials) }
}

function tokenAsk(
  realm: URL,
  service: string | undefined,
  scopes: readonly Scope[],
  credentials: Credentials | null,
): Ask {
  const texts = scopes.map(formatScope)
  if (credentials?.kind === 'identity') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'mini-docker',
      ...(service === undefined ? {} : { service }),
      ...(texts.length === 0 ? {} : { scope: texts.join(' ') }),
      refresh_token: credentials.token,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { method: 'POST', url: realm.href, headers, body: Buffer.from(form.toString()) }
  }
  if (service !== undefined) realm.searchParams.set('service', service)
  for (const scope of texts) realm.searchParams.append('scope', scope)
  if (credentials === null) return { method: 'GET', url: realm.href, headers: {} }
  realm.searchParams.set('account', credentials.user)
  const authorization = basicOf(credentials.user, credentials.password)
  return { method: 'GET', url: realm.href, headers: { authorization } }
}

/** @returns null for what is no token answer @param now milliseconds since 1970 */
export function grantIn(body: string, scopes: readonly Scope[], now: number): Grant | null {
  let said: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null
  try {
    said = JSON.parse(body)
  } catch {
    return null
  }
  const token = said?.token ?? said?.access_token
  // it becomes a header: nothing but what the grammar of one allows
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return null
  const seconds = typeof said?.expires_in === 'number' && said.expires_in > 0 ? said.expires_in : LIFE_S
  // a little before: the request takes time, and clocks differ
  return { scopes, token, until: now + Math.max(1, seconds - EARLY_S) * 1000 }
}

/** Without `expires_in`, by the specification. */
const LIFE_S = 60
const EARLY_S = 5

export const grantFor = (grants: readonly Grant[], needs: readonly Scope[], now: number): Grant | undefined =>
  grants.find(({ scopes, until }) => until > now && needs.every(need => covers(scopes, need)))

/** The newest first. Those whose time is over go: a cache asks for tokens as long as it runs. */
export const withGrant = (grants: readonly Grant[], grant: Grant, now: number): readonly Grant[] =>
  grants.includes(grant) ? grants : [grant, ...grants.filter(({ until }) => until > now)]

/** As UTF-8, by means that a browser has as well: the page's toy says who it is by this line. */
export const basicOf = (user: string, password: string): string =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`

function urlOf(text: string): URL | null {
  try {
    const url = new URL(text)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null
  } catch {
    return null
  }
}
