/**
 * A blob on its way to a registry, as a state machine: which states there are, and which request each asks for. What its
 * answer means says after-upload.ts. Pure.
 * Source: distribution-spec "Pushing Blobs", "Pushing a blob in chunks", "Mounting a blob from another repository".
 */

import type { Digest } from '#core/spec/digest'
import { type Method, pathOf } from '../../protocol/routes.js'

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

const withDigest = (location: string, digest: Digest): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
