/**
 * Tokens: signed claims, so that who checks one needs nothing but the key. HS256 alone, whatever the token says of itself.
 * Source: RFC 7519; distribution's token specification, "Docker Registry v2 Bearer token specification" (access).
 */

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Scope } from '../../protocol/scope.js'

export interface Claims {
  readonly iss: string
  /** Who it was given to; '' for nobody. */
  readonly sub: string
  /** The service that it is for. */
  readonly aud: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly jti: string
  readonly access: readonly Scope[]
}

/** A token's life: a pull asks once, and again when it has passed. Source: the specification's own recommendation is 60 s. */
export const TOKEN_SECONDS = 300
/** Of clocks that differ. */
const LEEWAY_SECONDS = 5

const base64 = (text: string): string => Buffer.from(text).toString('base64url')
const header = base64(JSON.stringify({ typ: 'JWT', alg: 'HS256' }))

const sign = (text: string, key: Uint8Array): Buffer => createHmac('sha256', key).update(text).digest()

/** @param now seconds since 1970 */
export function makeToken(
  {
    user,
    service,
    access,
  }: { readonly user: string | null; readonly service: string; readonly access: readonly Scope[] },
  key: Uint8Array,
  now: number,
): string {
  const times = { iat: now, nbf: now, exp: now + TOKEN_SECONDS }
  const claims: Claims = { iss: service, sub: user ?? '', aud: service, ...times, jti: randomUUID(), access }
  const signed = `${header}.${base64(JSON.stringify(claims))}`
  return `${signed}.${sign(signed, key).toString('base64url')}`
}

/** @returns what it says; null for one that is not ours, not of this service, or not of this time */
export function readToken(token: string, key: Uint8Array, service: string, now: number): Claims | null {
  const [head, body, signature, ...more] = token.split('.')
  if (head !== header || body === undefined || signature === undefined || more.length > 0) return null
  const [is, should] = [Buffer.from(signature, 'base64url'), sign(`${head}.${body}`, key)]
  if (is.length !== should.length || !timingSafeEqual(is, should)) return null
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims // it is signed: we wrote it
  if (claims.iss !== service || claims.aud !== service) return null
  return claims.nbf - LEEWAY_SECONDS <= now && now < claims.exp ? claims : null
}
