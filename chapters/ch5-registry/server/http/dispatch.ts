/**
 * From a request to its endpoint: the path is matched, names are judged, whoever asks is asked for a permission, and whatever
 * goes wrong on the way becomes one answer.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Action, isRepository, type Match, type Method, matchRoute, type Resource } from '../../protocol/routes.js'
import type { Access } from '../auth/access.js'
import type { Guard } from '../auth/guard.js'
import { blob } from '../endpoints/blobs.js'
import { catalog, referrers, tags } from '../endpoints/lists.js'
import { manifest } from '../endpoints/manifests.js'
import { upload, uploads } from '../endpoints/uploads.js'
import { Cut, refusalOf, refuse } from '../refusal.js'
import type { Endpoint, Exchange, Registry } from '../registry.js'
import { sendJson, sendRefusal } from './answer.js'

const endpoints: Readonly<Record<Resource, Endpoint>> = {
  base: async (_, { response }) => sendJson(response, {}),
  catalog,
  tags,
  manifest,
  blob,
  uploads,
  upload,
  referrers,
}

/** What the log says of a request beside its line. */
export interface Outcome {
  readonly resource: Resource | 'token' | 'health' | 'metrics' | 'none'
  readonly repository: string | null
  readonly user: string | null
  /** Only where it is ours. */
  readonly error: unknown
}

export interface Dispatch {
  readonly registry: Registry
  readonly guard: Guard
  /** Why nothing can be changed, null where it can. */
  readonly readOnly: string | null
}

/** @returns once the answer is sent, or there is nobody to send it to */
export async function dispatch(
  { registry, guard, readOnly }: Dispatch,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Outcome> {
  let match: Match | null = null
  let access: Access | null = null
  let error: unknown = null
  try {
    const [path, query] = targetOf(request)
    match = matchRoute(path)
    if (match === null) return refuse('NAME_UNKNOWN', { message: 'there is no such place: paths begin with /v2/' })
    const { route, name } = match
    const method = request.method as Method
    const action = actionOf(match, method)
    if (match.name !== '' && !isRepository(name)) refuse('NAME_INVALID')
    access = await guard.admit(request, route.resource, name, action)
    if (readOnly !== null && action !== null && action !== 'pull') refuse('UNSUPPORTED', { message: readOnly })
    const exchange: Exchange = { ...match, method, query, request, response, access }
    await endpoints[route.resource](registry, exchange)
  } catch (cause) {
    error = answerWith(cause, response)
  }
  return {
    resource: match?.route.resource ?? 'none',
    repository: match?.name || null,
    user: access?.user ?? null,
    error,
  }
}

/** @returns the cause where it is a fault of ours */
export function answerWith(cause: unknown, response: ServerResponse): unknown {
  if (cause instanceof Cut || response.destroyed || response.headersSent) {
    response.destroy() // an answer that has begun can only break off: its length tells the client
    return isOfClient(cause) ? null : cause
  }
  const refusal = refusalOf(cause)
  sendRefusal(response, refusal)
  return refusal === cause || refusal.code === 'UNSUPPORTED' ? null : cause
}

const isOfClient = (error: unknown): boolean =>
  error instanceof Cut ||
  ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as { code?: string }).code ?? '')

/** Decoded once: what is encoded twice is no name. @throws Refusal NAME_INVALID */
export function targetOf(request: IncomingMessage): readonly [path: string, query: URLSearchParams] {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s)
  try {
    return [decodeURIComponent(path), new URLSearchParams(query)]
  } catch {
    return refuse('NAME_INVALID', { message: 'the path is not encoded as UTF-8' })
  }
}

/** @throws Refusal UNSUPPORTED, with the methods that there are */
function actionOf({ route: { methods } }: Match, method: Method): Action | null {
  const all: Readonly<Partial<Record<Method, Action | null>>> = { HEAD: methods.GET ?? null, ...methods }
  const action = Object.hasOwn(all, method) && (method !== 'HEAD' || 'GET' in methods) ? all[method] : undefined
  if (action !== undefined) return action
  const allow = Object.keys(methods).concat('GET' in methods && !('HEAD' in methods) ? ['HEAD'] : [])
  return refuse('UNSUPPORTED', { message: `the methods are ${allow.join(', ')}`, headers: { allow: allow.join(', ') } })
}
