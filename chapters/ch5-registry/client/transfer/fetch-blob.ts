/**
 * Takes a blob into the content store: written where it lies in the end, hashed on the way, gone on with where it was cut off, in
 * this process or another, and committed only when size and digest are those that were asked for. Its ingest is named after its
 * digest, so that whoever wants the same blob later finds what is there of it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { hexOf, shortOf } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import type { ContentStore, Ingest, Lease } from '../../../ch4-images/index.js'
import { pieceOf } from '../../parts-in-use.js'
import { repositoryScope } from '../../protocol/scope.js'
import { connectionError, refusal } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { afterFailure, TRIES_MAX } from '../http/retry.js'
import { rangeFrom } from './after-piece.js'
import { addressesOf } from './foreign-blob.js'

export interface Place {
  readonly registry: Registry
  /** The repository there. */
  readonly path: string
  readonly store: ContentStore
  readonly lease: Lease
  /** Another part of the same has failed: nothing more is needed. */
  readonly stopped: AbortSignal
}

/** However often it goes on: a server that sends a byte a time is not waited for. */
const PIECES_MAX = 100

/** @returns bytes that came from the registry; 0: it was here @throws MiniDockerError; what has come stays for the next */
export async function fetchBlob(
  place: Place,
  blob: Descriptor,
  at: (bytes: number) => void,
  isSecond = false,
): Promise<number> {
  const { store, lease } = place
  lease.keepBlob(blob.digest) // before it is looked for: prune has no moment in between
  if (store.sizeOf(blob.digest) === blob.size) return 0
  const ingest = await openIngest(store, lease, blob, at)
  if (ingest === null) return 0
  const from = await addressesOf(blob, place)
  let transferred = 0
  const found = ingest.size
  try {
    let tries = 0
    for (let pieces = 0; ingest.size < blob.size || pieces === 0; pieces++) {
      if (ingest.size === blob.size) break
      if (pieces >= PIECES_MAX)
        fail('Unavailable', { what: whatOf(blob), why: `came in more than ${PIECES_MAX} pieces` })
      const before = ingest.size
      const error = await takePiece(place, blob, from.at, ingest, at).catch(error => from.next(error))
      const gained = Math.max(0, ingest.size - before)
      transferred += gained
      if (error === null) continue
      tries = gained > 0 ? 1 : tries + 1
      const retry = afterFailure(error, tries, { now: Date.now(), random: Math.random() }, TRIES_MAX)
      if ('wait' in retry) await place.registry.wait(retry.wait)
      else from.next(connectionError({ what: whatOf(blob), domain: place.registry.domain }, error))
    }
  } finally {
    // what has come stays, for whoever goes on with it
    if (ingest.size !== blob.size) ingest.close()
  }
  try {
    ingest.commit({ digest: blob.digest, size: blob.size })
    return transferred
  } catch (error) {
    // a sealed ingest is nobody's for a moment: another process that waited for it may have committed it
    if (store.sizeOf(blob.digest) === blob.size && errnoOf(error) === 'ENOENT') return transferred
    // what was found may have been no beginning of it, after a power cut: once more, from nothing
    if (found === 0 || isSecond || !(error instanceof MiniDockerError)) throw error
    return transferred + (await fetchBlob(place, blob, at, true))
  }
}

const whatOf = ({ digest }: Descriptor): string => `blob '${shortOf(digest)}'`

/** @returns why it ended early, null when the body came to its end */
async function takePiece(
  { registry, path, stopped }: Place,
  blob: Descriptor,
  address: string,
  ingest: Ingest,
  at: (bytes: number) => void,
): Promise<Error | null> {
  const about = { what: whatOf(blob), domain: registry.domain }
  const headers = { ...rangeFrom(ingest.size), 'accept-encoding': 'identity' }
  const needs = [repositoryScope(path, 'pull')]
  stopped.throwIfAborted()
  const answer = await registry.call({ method: 'GET', path: address, headers, needs, about })
  const piece = pieceOf(answer, ingest.size, blob.size)
  if (piece.kind === 'discard') {
    await answer.drop()
    ingest.truncate()
    return null
  }
  if (piece.kind === 'refuse') {
    if (answer.status >= 400) throw await refusal(about, answer)
    await answer.drop()
    return fail('FailedPrecondition', { what: about.what, why: piece.why, hint: 'the registry is wrong about it' })
  }
  if (piece.kind === 'restart') ingest.truncate()
  const began = ingest.size
  try {
    for await (const chunk of answer.body) {
      stopped.throwIfAborted()
      if (ingest.size + chunk.length > blob.size) {
        ingest.truncate()
        fail('FailedPrecondition', {
          what: about.what,
          why: `has more than ${blob.size} bytes there`,
          hint: 'the registry is wrong about it',
        })
      }
      ingest.write(chunk)
      at(ingest.size)
    }
  } catch (error) {
    if (error instanceof MiniDockerError || stopped.aborted) throw error
    return error as Error
  }
  if (ingest.size < blob.size && ingest.size === began) {
    return fail('FailedPrecondition', {
      what: about.what,
      why: `ends after ${ingest.size} of ${blob.size} bytes there`,
    })
  }
  return null
}

const POLL_MS = 200
/** The other may have all of a large layer before it. */
const WAIT_MS = 600_000

/** Where another process of ours fetches it, that is waited for. @returns null: it has brought it */
async function openIngest(
  store: ContentStore,
  lease: Lease,
  blob: Descriptor,
  at: (bytes: number) => void,
): Promise<Ingest | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      const ingest = store.ingest(`blob-${hexOf(blob.digest)}`, lease)
      if (store.sizeOf(blob.digest) === blob.size) {
        ingest.abort() // brought between the look and the lock
        return null
      }
      if (ingest.size > blob.size) ingest.truncate()
      at(ingest.size)
      return ingest
    } catch (error) {
      const busy = error instanceof MiniDockerError && error.class === 'Unavailable'
      if (!busy || waited > WAIT_MS) throw error
    }
    await sleep(POLL_MS)
    if (store.sizeOf(blob.digest) === blob.size) return null
  }
}
