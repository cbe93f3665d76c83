/** What a request is refused with: an error of the API, thrown where it is found out, answered in one place. */

import { errnoOf } from '#core/errors'
import { type ErrorCode, errorCodes } from '../protocol/errors.js'

export interface More {
  readonly message?: string
  readonly detail?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Where it is another than the code's usual one. */
  readonly status?: number
}

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode
  readonly status: number
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, { message, detail, headers, status }: More = {}) {
    super(message ?? errorCodes[code].message)
    this.code = code
    this.status = status ?? errorCodes[code].status
    this.detail = detail
    this.headers = headers ?? {}
  }
}

export function refuse(code: ErrorCode, more?: More): never {
  throw new Refusal(code, more)
}

const full = (message: string): Refusal => new Refusal('STORAGE_FULL', { message })

/** What the disk refuses, as whoever pushes can understand it: no path of this machine is in it. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const errno = errnoOf(error)
  if (errno === 'ENOSPC') return full('the disk of the registry is full')
  if (errno === 'EDQUOT') return full("the registry's quota of its disk is used up")
  if (errno === 'EROFS') return new Refusal('UNSUPPORTED', { message: 'the disk of the registry is read-only' })
  if (errno === 'ESTORAGE')
    return new Refusal('UNAVAILABLE', { message: 'the storage of the registry does not answer' })
  if (errno === 'EMFILE' || errno === 'ENFILE') {
    return new Refusal('UNAVAILABLE', { message: 'too many files are open', headers: { 'retry-after': '1' } })
  }
  return new Refusal('UNKNOWN')
}

/** Whoever sent it is no more there to hear of it. */
export class Cut extends Error {
  override readonly name = 'Cut'
}
