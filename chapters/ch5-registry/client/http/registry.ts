/**
 * A registry to talk to: requests go to its address, with the credentials that it asks for, along its redirects, and again when
 * it was only busy. All that is decided by pure functions (auth/after-answer, redirect, retry); here it is performed.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '#core/errors'
import type { Scope } from '../../protocol/scope.js'
import { formatScope } from '../../protocol/scope.js'
import {
  type AuthState,
  afterAnswer,
  type Credentials,
  type Grant,
  grantFor,
  grantIn,
  withGrant,
} from '../auth/after-answer.js'
import { CredentialStore } from '../auth/config-file.js'
import { type Answer, type Ask, originOf } from './exchange.js'
import { type About, connectionError, refusal } from './failure.js'
import { type Origin, originsOf } from './origins.js'
import { afterRedirect, REDIRECTS_MAX } from './redirect.js'
import { afterFailure, causeOf, isCut, TRIES_MAX } from './retry.js'
import { Transport } from './transport.js'

export interface Request extends Omit<Ask, 'url' | 'headers'> {
  /** `/v2/…`, or a whole URL that the registry named. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly needs: readonly Scope[]
  readonly about: About
  /** Asked once: what failed is judged by who asks. */
  readonly once?: true
}

export interface Options {
  readonly insecure?: readonly string[]
  /** undefined: those of the credential store. */
  readonly credentials?: Credentials | null
  readonly transport?: Transport
  /** How time is let pass before something is tried again. @param ms milliseconds */
  readonly wait?: (ms: number) => Promise<void>
}

const TOKEN_MAX = 64 << 10

export class Registry {
  readonly domain: string
  readonly wait: (ms: number) => Promise<void>
  readonly #origins: readonly [Origin, ...Origin[]]
  readonly #transport: Transport
  #origin: Promise<string> | undefined
  #credentials: Promise<Credentials | null> | undefined
  #basic: string | undefined
  #grants: readonly Grant[] = []
  readonly #asking = new Map<string, Promise<Grant | null>>()

  constructor(domain: string, { insecure = [], credentials, transport, wait = sleep }: Options = {}) {
    this.domain = domain
    this.wait = wait
    this.#origins = originsOf(domain, insecure)
    this.#transport = transport ?? new Transport(this.#isLax)
    if (credentials !== undefined) this.#credentials = Promise.resolve(credentials)
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /** Whether it is asked by HTTPS. */
  isSecure = async (): Promise<boolean> => (await this.#found()).startsWith('https:')

  /** @returns any answer that is no refusal to be asked again @throws MiniDockerError when there is none */
  async call(request: Request): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#once(request).catch((error: Error) => error)
      const retry = afterFailure(
        outcome,
        tries,
        { now: Date.now(), random: Math.random() },
        request.once ? 1 : TRIES_MAX,
      )
      if ('giveUp' in retry) {
        if (outcome instanceof Error) throw request.once ? outcome : connectionError(request.about, outcome)
        return outcome
      }
      if (!(outcome instanceof Error)) await outcome.drop()
      await this.wait(retry.wait)
    }
  }

  /** As `call`. @throws MiniDockerError for every status that is not among those */
  async want(request: Request, ...statuses: readonly number[]): Promise<Answer> {
    const answer = await this.call(request)
    if (!statuses.includes(answer.status)) throw await refusal(request.about, answer)
    return answer
  }

  async #once(request: Request): Promise<Answer> {
    const { method, path, body, headers = {}, needs, about } = request
    const origin = await this.#found()
    const url = new URL(path, origin).href
    let state: AuthState | undefined
    for (;;) {
      const known = originOf(url) === origin ? this.#known(needs) : undefined
      const ask = {
        method,
        url,
        headers: { ...headers, ...(known && { authorization: known }) },
        ...(body && { body }),
      }
      const answer = await this.#follow(ask, about)
      if (answer.status !== 401 || originOf(answer.url) !== origin) return answer
      state ??= { credentials: await this.#whoAmI(), needs, url, isRetried: false }
      const move = afterAnswer(state, answer)
      if (move.kind === 'accept') return answer
      if (move.kind === 'refuse') {
        const said = await refusal(about, answer)
        return fail('FailedPrecondition', {
          what: about.what,
          why: `${said.message.slice(about.what.length + 2)}: it ${move.why}`,
          hint: `mini-docker ch5 login ${this.domain}`,
        })
      }
      await answer.drop()
      this.#grants = this.#grants.filter(one => `Bearer ${one.token}` !== known)
      if (move.kind === 'basic') this.#basic = move.authorization
      else await this.#grant(move.ask, move.scopes, about)
      state = { ...state, isRetried: true }
    }
  }

  #known(needs: readonly Scope[]): string | undefined {
    const grant = grantFor(this.#grants, needs, Date.now())
    return grant === undefined ? this.#basic : `Bearer ${grant.token}`
  }

  /** Several requests at once that need the same wait for one token. */
  async #grant(ask: Ask, scopes: readonly Scope[], about: About): Promise<void> {
    const key = scopes.map(formatScope).join(' ')
    const asking = this.#asking.get(key) ?? this.#askToken(ask, scopes, about)
    this.#asking.set(key, asking)
    try {
      const grant = await asking
      if (grant === null) {
        fail('FailedPrecondition', {
          what: about.what,
          why: `the token server of ${this.domain} answers with no token`,
        })
      }
      this.#grants = withGrant(this.#grants, grant, Date.now())
    } finally {
      this.#asking.delete(key)
    }
  }

  async #askToken(ask: Ask, scopes: readonly Scope[], about: About): Promise<Grant | null> {
    const answer = await this.#follow(ask, about)
    if (answer.status !== 200) {
      throw await refusal({ what: about.what, domain: this.domain }, answer)
    }
    return grantIn((await answer.read(TOKEN_MAX)).toString('utf8'), scopes, Date.now())
  }

  async #follow(first: Ask, about: About): Promise<Answer> {
    let ask = first
    for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
      const answer = await this.#transport.send(ask)
      const next = afterRedirect(ask, answer, this.#isLax)
      if (next.kind === 'none') return answer
      await answer.drop()
      if (next.kind === 'refuse') fail('FailedPrecondition', { what: about.what, why: `${this.domain} ${next.why}` })
      ask = next.ask
    }
    return fail('FailedPrecondition', {
      what: about.what,
      why: `${this.domain} redirects more than ${REDIRECTS_MAX} times`,
    })
  }

  #whoAmI(): Promise<Credentials | null> {
    this.#credentials ??= new CredentialStore().get(this.domain)
    return this.#credentials
  }

  #isLax = (origin: string): boolean => this.#origins.some(({ url, verify }) => url === origin && !verify)

  /** Which of its addresses answers: looked for once. One that answers anything at all is the one. */
  #found(): Promise<string> {
    const looking = this.#origin ?? this.#look()
    this.#origin = looking
    looking.catch(() => {
      this.#origin = undefined // another try looks again
    })
    return looking
  }

  async #look(): Promise<string> {
    const [first, ...others] = this.#origins
    if (others.length === 0) return first.url
    let failure: unknown
    for (const { url } of this.#origins) {
      try {
        await (await this.#transport.send({ method: 'GET', url: `${url}/v2/`, headers: {} })).drop()
        return new URL(url).origin
      } catch (error) {
        // of a server that speaks no TLS, and says so or hangs up, or is at the other port; or of a proxy that leads to no such port
        if (!speaksOther(error)) throw error
        // the first says what is wrong; but what was only cut is worth another look
        if (failure === undefined || isCut(error)) failure = error
      }
    }
    throw failure
  }
}

const speaksOther = (error: unknown): boolean =>
  /^(EPROTO|ERR_SSL_.*|ERR_TLS_.*|ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET|UND_ERR_ABORTED|HPE_.*)$/.test(
    causeOf(error) ?? '',
  )
