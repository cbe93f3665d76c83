/** Blobs as they come, for who keeps them elsewhere than in the store: verified at their end. */

import { createHash } from 'node:crypto'
import { fail } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import { pathOf } from '../../protocol/routes.js'
import { repositoryScope } from '../../protocol/scope.js'
import { connectionError } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { afterFailure, TRIES_MAX } from '../http/retry.js'
import { pieceOf, rangeFrom } from '../transfer/after-piece.js'
import { setTimeout as sleep } from 'node:timers/promises'

/** Gone on with where it was cut off. @throws MiniDockerError at its end, when it was something else: undo what was made of it */
export async function* streamBlob(registry: Registry, path: string, blob: Descriptor): AsyncIterable<Uint8Array> {
  const { digest, size } = blob
  const about = { what: `blob '${shortOf(digest)}'`, domain: registry.domain }
  const needs = [repositoryScope(path, 'pull')]
  const hash = createHash('sha256')
  let have = 0
  for (let tries = 1; ; ) {
    const headers = { ...rangeFrom(have), 'accept-encoding': 'identity' }
    const answer = await registry.want({ method: 'GET', path: pathOf('blob', path, digest), headers, needs, about }, 200, 206)
    const piece = pieceOf(answer, have, size)
    if (piece.kind === 'refuse' || piece.kind === 'discard') {
      await answer.drop()
      return fail('FailedPrecondition', { what: about.what, why: piece.kind === 'refuse' ? piece.why : 'is longer there' })
    }
    const before = have
    let skip = piece.kind === 'restart' ? have : 0
    try {
      for await (const whole of answer.body) {
        const chunk = whole.subarray(Math.min(skip, whole.length)) // what was handed out already
        skip -= whole.length - chunk.length
        if (have + chunk.length > size) fail('FailedPrecondition', { what: about.what, why: `has more than ${size} bytes there` })
        hash.update(chunk)
        have += chunk.length
        if (chunk.length > 0) yield chunk
      }
      break
    } catch (error) {
      tries = have > before ? 1 : tries + 1
      const retry = afterFailure(error as Error, tries, { now: Date.now(), random: Math.random() }, TRIES_MAX)
      if ('giveUp' in retry) throw connectionError(about, error)
      await sleep(retry.wait)
    }
  }
  const found = `sha256:${hash.digest('hex')}`
  if (have === size && found === digest) return
  const why = have === size ? `its bytes have the digest ${found}` : `has ${have} bytes, not ${size}`
  fail('FailedPrecondition', { what: about.what, why, hint: 'it was cut off or changed on its way here' })
}

/** A small one, in memory. */
export async function getBlob(registry: Registry, path: string, blob: Descriptor, limit: number): Promise<Buffer> {
  if (blob.size > limit) {
    fail('FailedPrecondition', { what: `blob '${shortOf(blob.digest)}'`, why: `has ${blob.size} bytes, and is no document then` })
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of streamBlob(registry, path, blob)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
