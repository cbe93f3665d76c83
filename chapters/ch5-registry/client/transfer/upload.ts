/**
 * A blob on its way to a registry, as a state machine: which request comes next, and what its answer, or its absence, means. Pure.
 * What may have arrived is asked for, never guessed: after a cut the upload's own status says where to go on.
 * Source: distribution-spec "Pushing Blobs", "Pushing a blob in chunks", "Mounting a blob from another repository".
 */

import type { Digest } from '#core/spec/digest'
import { parseUploadRange } from '../../protocol/range.js'
import { type Method, pathOf } from '../../protocol/routes.js'
import type { Head } from '../http/exchange.js'

export interface Wish {
  /** The repository. */
  readonly path: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** Repositories of that registry that may have it. */
  readonly from: readonly string[]
  /** Up to so many bytes it goes in one request. */
  readonly whole: number
  /** Bytes in a chunk. */
  readonly chunk: number
}

export type Upload =
  | { readonly at: 'look'; readonly restarts: number }
  | { readonly at: 'begin'; readonly restarts: number; readonly mounts: readonly string[] }
  | { readonly at: 'whole' | 'ask' | 'finish'; readonly restarts: number; readonly location: string }
  | {
      readonly at: 'chunk'
      readonly restarts: number
      readonly location: string
      readonly offset: number
      readonly least: number
    }
  | { readonly at: 'done'; readonly how: 'exists' | 'mounted' | 'pushed'; readonly from?: string }
  | { readonly at: 'failed'; readonly why: string }

export interface Piece {
  readonly first: number
  /** Not included. */
  readonly end: number
}

export interface UploadRequest {
  readonly method: Method
  /** A path, or the URL that the registry named. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the blob that go with it. */
  readonly piece: Piece | null
}

export const beginUpload: Upload = { at: 'look', restarts: 0 }

/** Begun anew so often, when the registry has forgotten what it had. */
const RESTARTS_MAX = 5

const octets = (piece: Piece): Readonly<Record<string, string>> => ({
  'content-type': 'application/octet-stream',
  'content-length': String(piece.end - piece.first),
})

export function nextRequest(wish: Wish, state: Upload): UploadRequest | null {
  const { path, digest, size } = wish
  switch (state.at) {
    case 'look':
      return { method: 'HEAD', path: pathOf('blob', path, digest), headers: {}, piece: null }
    case 'begin': {
      const [from] = state.mounts
      const query = from === undefined ? '' : `?${new URLSearchParams({ mount: digest, from })}`
      return {
        method: 'POST',
        path: `${pathOf('uploads', path)}${query}`,
        headers: { 'content-length': '0' },
        piece: null,
      }
    }
    case 'whole': {
      const piece = { first: 0, end: size }
      return { method: 'PUT', path: withDigest(state.location, digest), headers: octets(piece), piece }
    }
    case 'chunk': {
      const piece = { first: state.offset, end: Math.min(size, state.offset + Math.max(wish.chunk, state.least)) }
      const range = { 'content-range': `${piece.first}-${piece.end - 1}` }
      return { method: 'PATCH', path: state.location, headers: { ...octets(piece), ...range }, piece }
    }
    case 'ask':
      return { method: 'GET', path: state.location, headers: {}, piece: null }
    case 'finish':
      return {
        method: 'PUT',
        path: withDigest(state.location, digest),
        headers: { 'content-length': '0' },
        piece: null,
      }
    default:
      return null
  }
}

// #region part
/** @param answer null: the connection was cut before there was one, or the registry failed for the moment */
export function afterUpload(wish: Wish, state: Upload, answer: Head | null): Upload {
  // #region solution
  if (state.at === 'done' || state.at === 'failed') return state
  const { restarts } = state
  // sent in part, in full, or not at all: only the registry knows
  if (answer === null) {
    if (state.at === 'look' || state.at === 'begin') return state
    return state.at === 'finish' || state.at === 'whole'
      ? anew(state)
      : { at: 'ask', restarts, location: state.location }
  }
  const { status, headers } = answer
  const location = headers.location ?? ('location' in state ? state.location : undefined)
  switch (state.at) {
    case 'look':
      if (status === 200) return { at: 'done', how: 'exists' }
      return status === 404 ? { at: 'begin', restarts, mounts: wish.from } : refused(state, status)
    case 'begin':
      if (status === 201 && state.mounts.length > 0) return { at: 'done', how: 'mounted', from: state.mounts[0]! }
      if (status === 202 && location !== undefined) return accepted(wish, restarts, location, headers)
      // a repository that we may not read is no reason not to push
      return state.mounts.length > 0 ? { ...state, mounts: state.mounts.slice(1) } : refused(state, status)
    case 'whole':
    case 'finish':
      if (status === 201 || status === 204) return { at: 'done', how: 'pushed' }
      return status === 404 || status === 416 ? anew(state) : refused(state, status)
    case 'chunk':
    case 'ask':
      if (status === 404) return anew(state)
      if (status === 416) return astray(state, location!)
      return status >= 200 && status < 300 ? goOn(wish, state, location!, headers) : refused(state, status)
  }
  // #endregion solution
}
// #endregion part

function accepted(wish: Wish, restarts: number, location: string, headers: Head['headers']): Upload {
  if (wish.size <= wish.whole) return { at: 'whole', restarts, location }
  const least = headers['oci-chunk-min-length'] ?? ''
  return { at: 'chunk', restarts, location, offset: 0, least: /^\d{1,12}$/.test(least) ? Number(least) : 0 }
}

/** Where its Range says that it is: a registry may have taken less than it was sent. */
function goOn(wish: Wish, state: Upload & { restarts: number }, location: string, headers: Head['headers']): Upload {
  const sent = state.at === 'chunk' ? nextRequest(wish, state)!.piece!.end : wish.size
  const range = parseUploadRange(headers.range ?? '')
  // no range: of a chunk that was taken whole; of a status, that there is nothing. 0-0 is an empty upload's, or that of a byte
  const has = range === null ? (state.at === 'chunk' ? sent : 0) : range.last === 0 ? 0 : range.last + 1
  const before = state.at === 'chunk' ? state.offset : 0
  if (range !== null && range.first !== 0) return { at: 'failed', why: 'has an upload that does not begin at 0' }
  if (has > sent) return { at: 'failed', why: `has ${has} bytes, and was sent ${sent}` }
  if (state.at === 'chunk' && has <= before) return anew(state)
  const least = state.at === 'chunk' ? state.least : 0
  const { restarts } = state
  return has === wish.size
    ? { at: 'finish', restarts, location }
    : { at: 'chunk', restarts, location, offset: has, least }
}

/** From the look: the last request may have done it all the same. */
function anew({ restarts }: { readonly restarts: number }): Upload {
  if (restarts >= RESTARTS_MAX) return { at: 'failed', why: `lost the upload ${RESTARTS_MAX} times` }
  return { at: 'look', restarts: restarts + 1 }
}

/** It is not where we think that it is. 0-0 may be an upload's with one byte, which cannot be told apart: begun anew. */
function astray(state: Upload & { readonly restarts: number }, location: string): Upload {
  if (state.at !== 'chunk' || state.offset === 0 || state.restarts >= RESTARTS_MAX) return anew(state)
  return { at: 'ask', restarts: state.restarts + 1, location }
}

const refused = ({ at }: Upload, status: number): Upload => ({ at: 'failed', why: `answers ${status} at '${at}'` })

const withDigest = (location: string, digest: Digest): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
