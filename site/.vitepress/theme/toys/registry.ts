/**
 * What the registry explorer shows: recorded requests and answers, and what the client's own functions make of each. Nothing here
 * decides anything. A test sees that the next recorded request is the one that they ask for.
 */

import { type AuthState, afterAnswer, grantIn } from '#chapters/ch5-registry/client/auth/after-answer'
import { afterFailure } from '#chapters/ch5-registry/client/http/retry'
import { pieceOf, rangeFrom } from '#chapters/ch5-registry/client/transfer/after-piece'
import { afterUpload } from '#chapters/ch5-registry/client/transfer/after-upload'
import { beginUpload, nextRequest, type Upload, type Wish } from '#chapters/ch5-registry/client/transfer/upload'
import { type Match, matchRoute } from '#chapters/ch5-registry/protocol/routes'
import { formatScope, repositoryScope, type Scope } from '#chapters/ch5-registry/protocol/scope'
import { type Asked, asked } from './registry-asked.js'
import { type Exchange, type Scene, sizes, who } from './registry-data.js'
import { type Part, partsOf, take } from './registry-parts.js'

/** What was decided after an answer, and what it rests on. */
export type Verdict =
  | { readonly kind: 'token'; readonly scopes: readonly string[] }
  | { readonly kind: 'granted'; readonly scopes: readonly string[] }
  | { readonly kind: 'stands-for'; readonly digest: string; readonly bytes: number }
  | { readonly kind: 'document'; readonly what: Part['kind']; readonly names: number }
  | { readonly kind: 'blob'; readonly what: Part['kind'] }
  | { readonly kind: 'other'; readonly wanted: string; readonly found: string }
  | { readonly kind: 'cut'; readonly have: number; readonly of: number; readonly wait: number }
  | { readonly kind: 'absent' | 'exists' | 'began' | 'pushed' | 'unknown' }
  | { readonly kind: 'mounted'; readonly from: string }
  | { readonly kind: 'has'; readonly bytes: number; readonly of: number }
  | { readonly kind: 'named'; readonly reference: string }

export interface Step {
  readonly exchange: Exchange
  readonly asked: Asked
  readonly verdict: Verdict
  /** What the image is made of, as far as it is known after this. */
  readonly parts: readonly Part[]
  /** The part that this was about. */
  readonly about: string | null
}

interface Running {
  readonly scene: Scene
  /** Documents that are known, by their digest. */
  readonly documents: Map<string, string>
  readonly have: Map<string, number>
  readonly uploads: Map<string, Upload>
  /** The blob whose upload runs. */
  blob: string
  scopes: readonly Scope[]
  top: string | null
}

export function replay(scene: Scene): Step[] {
  const running: Running = {
    ...{ scene, documents: new Map(), have: new Map(), uploads: new Map(), blob: '', scopes: [], top: null },
  }
  const ends = scene.exchanges.findLast(({ url }) => url.includes('/manifests/'))?.answer['docker-content-digest']
  if (isPush(scene)) {
    running.top = ends ?? null
    running.documents.set(ends ?? '', scene.here[0] ?? '')
  }
  return scene.exchanges.map(exchange => {
    const { verdict, call, about } = after(running, exchange)
    return { exchange, verdict, asked: call, about, parts: partsOf(running) }
  })
}

export const isPush = ({ name }: Pick<Scene, 'name'>): boolean => name.startsWith('push')

interface After {
  readonly verdict: Verdict
  readonly call: Asked
  readonly about: string | null
}

function after(running: Running, exchange: Exchange): After {
  const { status, answer, url } = exchange
  const head = { status: status ?? 0, headers: answer }
  const { pathname, searchParams } = new URL(url)
  if (pathname === '/token') {
    const grant = grantIn(exchange.body ?? '', running.scopes, 0)!
    const scopes = grant.scopes.map(formatScope)
    return {
      verdict: { kind: 'granted', scopes },
      call: asked('grantIn', ['body', scopes, 0], { token: grant.token, scopes, until: grant.until }),
      about: null,
    }
  }
  const match = matchRoute(decodeURIComponent(pathname))!
  const needs = needsOf(running.scene, match, searchParams)
  if (status === 401) {
    const credentials = isPush(running.scene) ? ({ kind: 'password', ...who } as const) : null
    const state: AuthState = { credentials, needs, url, isRetried: false }
    const move = afterAnswer(state, head)
    if (move.kind !== 'token') throw new Error(`no token is asked for after ${url}`)
    running.scopes = move.scopes
    const shown = { status, 'www-authenticate': answer['www-authenticate'] }
    return {
      verdict: { kind: 'token', scopes: move.scopes.map(formatScope) },
      call: asked('afterAnswer', [{ needs: needs.map(formatScope), credentials: credentials && who.user }, shown], {
        kind: move.kind,
        ask: { method: move.ask.method, url: move.ask.url },
      }),
      about: null,
    }
  }
  if (match.route.resource === 'manifest') return afterManifest(running, exchange, match)
  return isPush(running.scene)
    ? afterUploading(running, exchange, match, searchParams)
    : afterBlob(running, exchange, match)
}

function needsOf(scene: Scene, { name }: Match, query: URLSearchParams): Scope[] {
  if (!isPush(scene)) return [repositoryScope(name, 'pull')]
  const from = query.get('from')
  return [repositoryScope(name, 'pull', 'push'), ...(from === null ? [] : [repositoryScope(from, 'pull')])]
}

function afterManifest(running: Running, exchange: Exchange, { reference }: Match): After {
  const { method, answer, body, digest } = exchange
  const said = answer['docker-content-digest']!
  if (method === 'PUT') {
    const call = asked('sendManifest', ['registry', reference], {
      status: exchange.status,
      'docker-content-digest': said,
    })
    running.have.set(said, Number(exchange.ask['content-length']))
    return { verdict: { kind: 'named', reference }, call, about: said }
  }
  if (method === 'HEAD') {
    running.top = said
    take(running, said)
    const bytes = Number(answer['content-length'])
    const call = asked('headManifest', ['registry', reference], {
      digest: said,
      size: bytes,
      mediaType: answer['content-type'],
    })
    return { verdict: { kind: 'stands-for', digest: said, bytes }, call, about: said }
  }
  running.documents.set(digest!, body!)
  running.have.set(digest!, exchange.got)
  const part = partsOf(running).find(one => one.digest === digest)!
  const names = partsOf(running).filter(({ depth }) => depth === part.depth + 1).length
  const call = asked('getManifest', ['registry', reference], { digest, size: exchange.got })
  return { verdict: { kind: 'document', what: part.kind, names }, call, about: digest! }
}

/** undici's, when the other side hangs up: the first try of five, and no chance in it. */
const cut = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
const chance = { now: 0, random: 1 }

function afterBlob(running: Running, exchange: Exchange, { reference }: Match): After {
  const { status, answer, got } = exchange
  const part = partsOf(running).find(({ digest }) => digest === reference)!
  const before = running.have.get(reference) ?? 0
  const piece = pieceOf({ status: status!, headers: answer }, before, part.size)
  const have = (piece.kind === 'append' ? before : 0) + got
  running.have.set(reference, have)
  if (exchange.cut) {
    const retry = afterFailure(cut, 1, chance)
    const wait = 'wait' in retry ? retry.wait : 0
    const call = asked('pieceOf', [{ status }, before, part.size], { ...piece, next: rangeFrom(have) })
    return { verdict: { kind: 'cut', have, of: part.size, wait }, call, about: reference }
  }
  // of a piece the digest cannot be looked at: of the whole it was
  const found = before === 0 ? exchange.digest! : reference
  if (found !== reference) {
    running.have.set(reference, -1)
    const call = asked('fetchBlob', [{ digest: reference, size: part.size }], { error: `digest ${found}` })
    return { verdict: { kind: 'other', wanted: reference, found }, call, about: reference }
  }
  const call = asked('pieceOf', [{ status, ...rangeOf(answer) }, before, part.size], piece)
  return { verdict: { kind: 'blob', what: part.kind }, call, about: reference }
}

const rangeOf = (answer: Exchange['answer']) =>
  answer['content-range'] === undefined ? {} : { 'content-range': answer['content-range'] }

/** The wish that the client had for this blob. */
export function wishOf(scene: Scene, path: string, { digest, size }: Part): Wish {
  const from = scene.exchanges.flatMap(({ url }) => {
    const query = new URL(url).searchParams
    return query.get('mount') === digest ? [query.get('from')!] : []
  })
  return { path, digest, size, from: [...new Set(from)], ...sizes }
}

function afterUploading(running: Running, exchange: Exchange, match: Match, query: URLSearchParams): After {
  const { status, answer, url } = exchange
  if (match.route.resource === 'blob') running.blob = match.reference
  const digest = query.get('mount') ?? running.blob
  const part = partsOf(running).find(one => one.digest === digest)!
  const wish = wishOf(running.scene, match.name, part)
  const state = running.uploads.get(digest) ?? beginUpload
  const location = answer.location === undefined ? {} : { location: new URL(answer.location, url).href }
  const head = status === null ? null : { status, headers: { ...answer, ...location } }
  const next = afterUpload(wish, state, head)
  running.uploads.set(digest, next)
  const has = 'offset' in next ? next.offset : next.at === 'done' || next.at === 'finish' ? part.size : 0
  if (status !== null || next.at !== 'ask') running.have.set(digest, has)
  const shown = status === null ? null : { status, ...(answer.range && { range: answer.range }) }
  const call = asked('afterUpload', ['wish', short(state), shown], short(next))
  return { verdict: verdictOf(state, next, has, part.size), call, about: digest }
}

const short = (state: Upload): object =>
  Object.fromEntries(Object.entries(state).filter(([key]) => !['restarts', 'least', 'location'].includes(key)))

function verdictOf(before: Upload, next: Upload, bytes: number, of: number): Verdict {
  if (next.at === 'done') return next.how === 'mounted' ? { kind: 'mounted', from: next.from! } : { kind: next.how }
  if (next.at === 'begin') return { kind: 'absent' }
  if (next.at === 'ask') return { kind: 'unknown' }
  return before.at === 'begin' ? { kind: 'began' } : { kind: 'has', bytes, of }
}

/** The request that the client's functions ask for after that many steps; null where another part of the program chooses. */
export function wantedAfter(scene: Scene, step: Step): { readonly method: string; readonly url: string } | null {
  const { exchange, about } = step
  const { pathname } = new URL(exchange.url)
  const match = matchRoute(decodeURIComponent(pathname))
  if (exchange.status === 401) {
    const needs = needsOf(scene, match!, new URL(exchange.url).searchParams)
    const credentials = isPush(scene) ? ({ kind: 'password', ...who } as const) : null
    const move = afterAnswer(
      { credentials, needs, url: exchange.url, isRetried: false },
      { status: 401, headers: exchange.answer },
    )
    return move.kind === 'token' ? move.ask : null
  }
  const part = step.parts.find(({ digest }) => digest === about)
  if (!isPush(scene) || part?.upload === undefined || match === null) return null
  const request = nextRequest(wishOf(scene, match.name, part), part.upload)
  return request === null ? null : { method: request.method, url: new URL(request.path, exchange.url).href }
}

/** 425 B, 22 kB, 41.9 MB: in powers of ten, as disks are sold. */
export { sizeOf } from './overlay.js'
