/**
 * Token authentication: a request without one is sent to `/token` for it, with the scope that it needs; there the password is
 * asked for, once. What a token is good for is what was asked for and is allowed, no more.
 * Source: distribution's "Token Authentication Specification", "OAuth2 Token Authentication".
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { covers } from '../../parts-in-use.js'
import { formatChallenge } from '../../protocol/challenge.js'
import { type Action, isRepository } from '../../protocol/routes.js'
import { formatScope, parseScopes, repositoryScope, type Scope } from '../../protocol/scope.js'
import { send, sendJson } from '../http/answer.js'
import { readBody } from '../http/body.js'
import { refuse } from '../refusal.js'
import { accessOf, mayCome } from './basic-guard.js'
import { credentialsOf } from './credentials.js'
import type { Guard } from './guard.js'
import type { Htpasswd } from './htpasswd.js'
import { makeToken, readToken, TOKEN_SECONDS } from './jwt.js'
import { allowed, type Policy } from './policy.js'

export interface TokenSettings {
  readonly users: Htpasswd
  readonly policy: Policy
  readonly key: Uint8Array
  /** By which a token says for whom it is. */
  readonly service: string
  readonly isTls: boolean
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const FORM_MAX = 64 << 10
const SCOPES_MAX = 64

export function tokenGuard(settings: TokenSettings): Guard {
  const { policy, key, service, now = Date.now } = settings
  return {
    async admit(request, resource, name, action) {
      const asked = scopeOf(resource, name, action)
      const credentials = credentialsOf(request.headers.authorization)
      const challenge = (error?: string): never =>
        refuse('UNAUTHORIZED', { headers: challengeOf(settings, request, asked, error) })
      if (credentials === null || credentials === 'wrong' || credentials.scheme !== 'bearer') return challenge()
      const claims = readToken(credentials.token, key, service, Math.floor(now() / 1000))
      if (claims === null) return challenge('invalid_token')
      if (asked !== null && !covers(claims.access, asked)) {
        return challenge('insufficient_scope')
      }
      const user = claims.sub === '' ? null : claims.sub
      return {
        user,
        // a catalog needs no scope for each of its lines: they are looked up for whom the token was given to
        mayList: true,
        may:
          resource === 'catalog'
            ? accessOf(policy, user).may
            : (action, repository) => covers(claims.access, repositoryScope(repository, action)),
      }
    },
    token: (request, response, query) => giveToken(settings, request, response, query),
  }
}

function scopeOf(resource: string, name: string, action: Action | null): Scope | null {
  if (resource === 'catalog') return { type: 'registry', name: 'catalog', actions: ['*'] }
  if (action === null) return null
  // who pushes will want to look first: one token for both
  return repositoryScope(name, action)
}

function challengeOf({ service, isTls }: TokenSettings, request: IncomingMessage, asked: Scope | null, error?: string) {
  const { host = '' } = request.headers
  const proxied = request.headers['x-forwarded-proto'] === 'https'
  const place = /^[\w.:[\]-]{1,255}$/.test(host) ? host : `127.0.0.1:${request.socket.localPort}`
  const wanted = asked?.actions.includes('push') ? { ...asked, actions: ['pull', 'push'] } : asked
  return {
    'www-authenticate': formatChallenge('Bearer', {
      realm: `${isTls || proxied ? 'https' : 'http'}://${place}/token`,
      service,
      ...(wanted === null ? {} : { scope: formatScope(wanted) }),
      ...(error === undefined ? {} : { error }),
    }),
  }
}

/** @returns to whom it was given */
async function giveToken(
  settings: TokenSettings,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<string | null> {
  const { users, policy, key, service, now = Date.now } = settings
  const isPost = request.method === 'POST'
  if (!isPost && request.method !== 'GET') {
    return refuse('UNSUPPORTED', { message: 'the methods are GET, POST', headers: { allow: 'GET, POST' } })
  }
  const form = isPost ? new URLSearchParams((await readBody(request, FORM_MAX)).toString()) : query
  const basic = credentialsOf(request.headers.authorization)
  let said = basic !== null && basic !== 'wrong' && basic.scheme === 'basic' ? basic : null
  if (isPost && said === null) {
    if (form.get('grant_type') !== 'password') {
      send(response, 400, { 'content-type': 'application/json' }, '{"error":"unsupported_grant_type"}\n')
      return null
    }
    said = { scheme: 'basic', user: form.get('username') ?? '', password: form.get('password') ?? '' }
  }
  if (said !== null && !(await users.verify(said.user, said.password))) return wrongPassword()
  const user = said?.user ?? null
  if (user === null && !mayCome(policy, null)) return wrongPassword('authentication required')
  const wanted = form.get('service')
  if (wanted !== null && wanted !== '' && wanted !== service) {
    return refuse('DENIED', { message: 'no tokens for that service are given here' })
  }
  const access = grantsOf(policy, user, form.getAll('scope').flatMap(parseScopes).slice(0, SCOPES_MAX))
  const token = makeToken({ user, service, access }, key, Math.floor(now() / 1000))
  const life = { expires_in: TOKEN_SECONDS, issued_at: new Date(now()).toISOString() }
  const names = isPost
    ? { access_token: token, scope: access.map(formatScope).join(' ') }
    : { token, access_token: token }
  sendJson(response, { ...names, ...life }, { 'cache-control': 'no-store' })
  return user
}

/** Of what was asked for, what is allowed; nothing else is said of the rest. */
export function grantsOf(policy: Policy, user: string | null, asked: readonly Scope[]): Scope[] {
  return asked.flatMap(({ type, name, actions }) => {
    if (type === 'registry' && name === 'catalog' && mayCome(policy, user)) return [{ type, name, actions: ['*'] }]
    if (type !== 'repository' || !isRepository(name)) return []
    const may = allowed(policy, user, name)
    const granted = (actions.includes('*') ? [...may] : actions).filter(action => may.has(action as Action))
    return granted.length === 0 ? [] : [{ type, name, actions: granted }]
  })
}

const wrongPassword = (message = 'wrong user or password'): never =>
  refuse('UNAUTHORIZED', { message, headers: { 'www-authenticate': formatChallenge('Basic', { realm: 'registry' }) } })
