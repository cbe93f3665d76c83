/**
 * Whether to ask again, and after which time: back-off that doubles, with jitter, so that many who were cut off at once do not
 * come back at once; and what the server asks for (Retry-After), within a limit. Pure: chance and clock are given in.
 * Source: RFC 9110, 10.2.3; RFC 6585, 4; distribution-spec "Error Codes", TOOMANYREQUESTS.
 */

import { errnoOf } from '#core/errors'
import type { Head } from './exchange.js'

/** Docker tries five times, too. */
export const TRIES_MAX = 5
const FIRST_MS = 250
const LONGEST_MS = 10_000
/** Who asks for more is not waited for: the user is told instead. */
export const RETRY_AFTER_MAX_MS = 60_000

export type Retry = { readonly wait: number } | { readonly giveUp: true }

export interface Chance {
  /** Milliseconds since 1970. */
  readonly now: number
  /** 0 ≤ random < 1 */
  readonly random: number
}

const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** What a connection's end, a time limit or a name server that does not answer look like. Of certificates there is none. */
const cut: ReadonlySet<string> = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...[
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'UND_ERR_ABORTED',
  ],
  ...['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'HPE_INVALID_EOF_STATE', 'HPE_CLOSED_CONNECTION'],
])

/** The errno or undici's code behind an error, whatever it was wrapped in. */
export function causeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const [first] = at instanceof AggregateError ? at.errors : []
    const code = errnoOf(at) ?? errnoOf(first)
    if (code !== undefined) return code
  }
  return undefined
}

export const isCut = (error: unknown): boolean => cut.has(causeOf(error) ?? '')

/** @param tries how often it was asked so far, this time included */
export function afterFailure(what: Head | Error, tries: number, { now, random }: Chance, most = TRIES_MAX): Retry {
  const passes = what instanceof Error ? isCut(what) : passing.has(what.status)
  if (!passes || tries >= most) return { giveUp: true }
  const asked = what instanceof Error ? null : retryAfter(what.headers['retry-after'], now)
  if (asked !== null && asked > RETRY_AFTER_MAX_MS) return { giveUp: true }
  const backOff = Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1))
  return { wait: Math.round(Math.max(asked ?? 0, backOff * (0.5 + random / 2))) }
}

/** Milliseconds: seconds, or a date. null where it says nothing that can be read. */
export function retryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
