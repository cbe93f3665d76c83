/**
 * Performs what upload.ts decides: sends a blob, from wherever it comes, and goes on where it was cut off, also where another push
 * was that has been killed.
 */

import { fail, MiniDockerError } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import { afterUpload } from '../../parts-in-use.js'
import { repositoryScope } from '../../protocol/scope.js'
import type { Answer } from '../http/exchange.js'
import { connectionError, refusal } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { afterFailure, isCut, TRIES_MAX } from '../http/retry.js'
import { isNotes, startOf, trustAfter, type UploadNote } from './noted-upload.js'
import { nextRequest, type Upload, type UploadRequest, type Wish } from './upload.js'

/** Bytes of a blob, from `first` to `end`, which is not included. */
export type Reader = (first: number, end: number) => AsyncIterable<Uint8Array>

export interface PushPlace {
  readonly registry: Registry
  readonly path: string
  /** Repositories there that may have it. */
  readonly from: readonly string[]
  readonly stopped: AbortSignal
  /** Where the upload is, for the next push: this one may be killed. */
  readonly note?: UploadNote
}

/** In one request: what is larger is worth being gone on with. */
const WHOLE_MAX = 4 << 20
const CHUNK = 32 << 20
const STEPS_MAX = 100_000

export type Outcome = Extract<Upload, { at: 'done' }>

/** @param at bytes that are there @throws MiniDockerError */
export async function pushBlob(
  place: PushPlace,
  blob: Descriptor,
  read: Reader,
  at: (bytes: number) => void,
): Promise<Outcome> {
  const { registry, path, from, stopped, note } = place
  const wish: Wish = { path, digest: blob.digest, size: blob.size, from, whole: WHOLE_MAX, chunk: CHUNK }
  const about = { what: `blob '${shortOf(blob.digest)}'`, domain: registry.domain }
  let { state, trust } = startOf(blob.size > WHOLE_MAX ? (note?.take() ?? null) : null)
  let tries = 0
  let furthest = -1
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    stopped.throwIfAborted()
    const request = nextRequest(wish, state)
    if (request === null) break
    const outcome = await ask(place, state, request, read, at).catch((error: Error) => error)
    // a repository that we may not read is no reason not to push
    if (outcome instanceof MiniDockerError && outcome.class === 'FailedPrecondition' && mountOf(state) !== undefined) {
      state = afterUpload(wish, state, { status: 401, headers: {} })
      continue
    }
    const isError = outcome instanceof Error
    const isCutOff = isError ? !(outcome instanceof MiniDockerError) && isCut(outcome) : isBusy(outcome)
    if (isError || isCutOff) {
      const reached: number = 'offset' in state ? state.offset : -1
      tries = reached > furthest ? 1 : tries + 1
      furthest = Math.max(furthest, reached)
      const retry = isCutOff ? afterFailure(outcome, tries, chance(), TRIES_MAX) : { giveUp: true }
      if ('wait' in retry) {
        if (!isError) await outcome.drop()
        await registry.wait(retry.wait)
        state = afterUpload(wish, state, null)
      } else if (isNotes(trust, 'unreachable')) {
        if (!isError) await outcome.drop()
        ;({ state, trust } = startOf(null))
        tries = 0
      } else throw isError ? connectionError(about, outcome) : await refusal(about, outcome)
      continue
    }
    const next = afterUpload(wish, state, absolute(outcome))
    const isRefused = next.at === 'failed'
    if (isRefused && outcome.status >= 400 && !isNotes(trust, 'refused')) throw await refusal(about, outcome)
    await outcome.drop()
    if (isRefused && isNotes(trust, 'refused')) ({ state, trust } = startOf(null))
    else [state, trust] = [next, trustAfter(trust, next)]
    if (state.at === 'chunk' || state.at === 'finish') note?.keep(state.location)
    else if (state.at === 'look' || state.at === 'done') note?.drop()
    if ('offset' in state) at(state.offset)
  }
  if (state.at === 'done') return state
  const why = state.at === 'failed' ? `${registry.domain} ${state.why}` : 'takes too many steps'
  return fail('FailedPrecondition', { ...about, why, hint: 'the registry is wrong about it' })
}

const isBusy = ({ status }: Answer): boolean => status === 429 || status >= 500 || status === 408
const chance = () => ({ now: Date.now(), random: Math.random() })

/** A Location may be relative to where it was said. */
function absolute(answer: Answer): Answer {
  const { location } = answer.headers
  if (location === undefined) return answer
  return { ...answer, headers: { ...answer.headers, location: new URL(location, answer.url).href } }
}

/** From which repository it is asked to be mounted now. */
const mountOf = (state: Upload): string | undefined => (state.at === 'begin' ? state.mounts[0] : undefined)

async function ask(
  { registry, path, stopped }: PushPlace,
  state: Upload,
  { method, path: address, headers, piece }: UploadRequest,
  read: Reader,
  at: (bytes: number) => void,
): Promise<Answer> {
  const mount = mountOf(state)
  const own = repositoryScope(path, 'pull', 'push')
  const needs = mount === undefined ? [own] : [own, repositoryScope(mount, 'pull')]
  const about = { what: `repository '${registry.domain}/${path}'`, domain: registry.domain }
  const body =
    piece === null
      ? method === 'POST' || method === 'PUT'
        ? new Uint8Array()
        : undefined
      : () => counted(read(piece.first, piece.end), piece.first, at, stopped)
  return registry.call({ method, path: address, headers, needs, about, once: true, ...(body && { body }) })
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  first: number,
  at: (bytes: number) => void,
  stopped: AbortSignal,
): AsyncIterable<Uint8Array> {
  let sent = first
  for await (const chunk of bytes) {
    stopped.throwIfAborted()
    yield chunk
    sent += chunk.length
    at(sent)
  }
}
