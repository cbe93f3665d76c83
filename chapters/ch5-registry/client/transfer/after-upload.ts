/**
 * A blob on its way to a registry: what the answer to a request, or its absence, means. Pure, and a lab. What may have arrived is
 * asked for, never guessed: after a cut the upload's own status says where to go on.
 * Source: distribution-spec "Pushing Blobs", "Pushing a blob in chunks", "Mounting a blob from another repository".
 */

import { parseUploadRange } from '../../protocol/range.js'
import type { Head } from '../http/exchange.js'
import { nextRequest, type Upload, type Wish } from './upload.js'

/** Begun anew so often, when the registry has forgotten what it had. */
const RESTARTS_MAX = 5

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

function accepted(wish: Wish, restarts: number, location: string, headers: Head['headers']): Upload {
  if (wish.size <= wish.whole) return { at: 'whole', restarts, location }
  const least = headers['oci-chunk-min-length'] ?? ''
  return { at: 'chunk', restarts, location, offset: 0, least: /^\d{1,12}$/.test(least) ? Number(least) : 0 }
}

/** Where its Range says that it is: a registry may have taken less than it was sent. */
function goOn(wish: Wish, state: Upload & { restarts: number }, location: string, headers: Head['headers']): Upload {
  // #region solution-go-on
  const sent = state.at === 'chunk' ? nextRequest(wish, state)!.piece!.end : wish.size
  const range = parseUploadRange(headers.range ?? '')
  // no range: of a chunk that was taken whole; of a status, that there is nothing. 0-0 is an empty upload's, or that of a byte
  const has = range === null ? (state.at === 'chunk' ? sent : 0) : range.last === 0 ? 0 : range.last + 1
  if (range !== null && range.first !== 0) return { at: 'failed', why: 'has an upload that does not begin at 0' }
  if (has > sent) return { at: 'failed', why: `has ${has} bytes, and was sent ${sent}` }
  if (state.at === 'chunk' && has <= state.offset) return anew(state)
  const least = state.at === 'chunk' ? state.least : 0
  const { restarts } = state
  return has === wish.size
    ? { at: 'finish', restarts, location }
    : { at: 'chunk', restarts, location, offset: has, least }
  // #endregion solution-go-on
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
// #endregion part
