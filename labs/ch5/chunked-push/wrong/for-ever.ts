/**
 * It begins anew as often as it takes.
 *
 * @rejected knows-when-to-end
 * @says it lost the upload five times: then look
 */

import type { Head } from '#chapters/ch5-registry/client/http/exchange'
import { nextRequest, type Upload, type Wish } from '#chapters/ch5-registry/client/transfer/upload'
import { parseUploadRange } from '#chapters/ch5-registry/protocol/range'

const RESTARTS_MAX = 5
export function afterUpload(wish: Wish, state: Upload, answer: Head | null): Upload {
  if (state.at === 'done' || state.at === 'failed') return state
  const { restarts } = state
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
}

function accepted(wish: Wish, restarts: number, location: string, headers: Head['headers']): Upload {
  if (wish.size <= wish.whole) return { at: 'whole', restarts, location }
  const least = headers['oci-chunk-min-length'] ?? ''
  return { at: 'chunk', restarts, location, offset: 0, least: /^\d{1,12}$/.test(least) ? Number(least) : 0 }
}

function goOn(wish: Wish, state: Upload & { restarts: number }, location: string, headers: Head['headers']): Upload {
  const sent = state.at === 'chunk' ? nextRequest(wish, state)!.piece!.end : wish.size
  const range = parseUploadRange(headers.range ?? '')
  const has = range === null ? (state.at === 'chunk' ? sent : 0) : range.last === 0 ? 0 : range.last + 1
  if (range !== null && range.first !== 0) return { at: 'failed', why: 'has an upload that does not begin at 0' }
  if (has > sent) return { at: 'failed', why: `has ${has} bytes, and was sent ${sent}` }
  if (state.at === 'chunk' && has <= state.offset) return anew(state)
  const least = state.at === 'chunk' ? state.least : 0
  const { restarts } = state
  return has === wish.size
    ? { at: 'finish', restarts, location }
    : { at: 'chunk', restarts, location, offset: has, least }
}

function anew({ restarts }: { readonly restarts: number }): Upload {
  if (restarts > 1000 * RESTARTS_MAX) return { at: 'failed', why: 'lost it' }
  return { at: 'look', restarts: restarts + 1 }
}

function astray(state: Upload & { readonly restarts: number }, location: string): Upload {
  if (state.at !== 'chunk' || state.offset === 0 || state.restarts >= RESTARTS_MAX) return anew(state)
  return { at: 'ask', restarts: state.restarts + 1, location }
}

const refused = ({ at }: Upload, status: number): Upload => ({ at: 'failed', why: `answers ${status} at '${at}'` })
