/** Blobs as they come, for who keeps them elsewhere than in the store: verified at their end. */

import { createHash } from 'node:crypto'
import { fail, MiniDockerError } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import { pieceOf } from '../../parts-in-use.js'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import { connectionError } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { afterFailure, TRIES_MAX } from '../http/retry.js'

const PIECES_MAX = 100

export interface Span {
  readonly first: number
  /** Not included. */
  readonly end: number
}

/**
 * Gone on with where it was cut off. Of a part of it the digest cannot be looked at: whoever gets all parts does.
 * @throws MiniDockerError at its end, when it was something else: undo what was made of it
 */
export async function* streamBlob(
  registry: Registry,
  path: string,
  blob: Descriptor,
  { first, end }: Span = { first: 0, end: blob.size },
): AsyncIterable<Uint8Array> {
  const { digest, size } = blob
  const about = { what: `blob '${shortOf(digest)}'`, domain: registry.domain }
  const needs = [repositoryScope(path, 'pull')]
  const hash = createHash('sha256')
  let have = first
  for (let pieces = 0, tries = 1; have < end || (size === 0 && pieces === 0); pieces++) {
    if (pieces >= PIECES_MAX) fail('Unavailable', { what: about.what, why: `came in more than ${PIECES_MAX} pieces` })
    const range = have === 0 && end === size ? {} : { range: `bytes=${have}-${end - 1}` }
    const headers = { ...range, 'accept-encoding': 'identity' }
    const request = { method: 'GET', path: pathOf('blob', path, digest), headers, needs, about } as const
    const answer = await registry.want(request, 200, 206)
    const piece = pieceOf(answer, have, size)
    if (piece.kind === 'refuse' || piece.kind === 'discard') {
      await answer.drop()
      return fail('FailedPrecondition', {
        what: about.what,
        why: piece.kind === 'refuse' ? piece.why : 'is longer there',
      })
    }
    const before = have
    let skip = piece.kind === 'restart' ? have : 0
    try {
      for await (const whole of answer.body) {
        const chunk = whole.subarray(Math.min(skip, whole.length), skip + end - have) // what was handed out already
        skip = Math.max(0, skip - whole.length)
        hash.update(chunk)
        have += chunk.length
        if (chunk.length > 0) yield chunk
        if (have === end && end < size) break // of a server without ranges
      }
      if (have < end && have === before) {
        fail('FailedPrecondition', { what: about.what, why: `ends after ${have} of ${size} bytes there` })
      }
    } catch (error) {
      if (error instanceof MiniDockerError) throw error
      tries = have > before ? 1 : tries + 1
      const retry = afterFailure(error as Error, tries, { now: Date.now(), random: Math.random() }, TRIES_MAX)
      if ('giveUp' in retry) throw connectionError(about, error)
      await registry.wait(retry.wait)
    }
  }
  const found = `sha256:${hash.digest('hex')}`
  if (first !== 0 || end !== size || found === digest) return
  fail('FailedPrecondition', {
    what: about.what,
    why: `its bytes have the digest ${found}`,
    hint: 'it was changed on its way here',
  })
}

/** A small one, in memory. */
export async function getBlob(registry: Registry, path: string, blob: Descriptor, limit: number): Promise<Buffer> {
  if (blob.size > limit) {
    fail('FailedPrecondition', {
      what: `blob '${shortOf(blob.digest)}'`,
      why: `has ${blob.size} bytes, and is no document then`,
    })
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of streamBlob(registry, path, blob)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
