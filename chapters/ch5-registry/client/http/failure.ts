/** What a registry's refusal, or a connection that came to nothing, is to the user: one line. */

import { type ErrorClass, MiniDockerError } from '#core/errors'
import { errorsIn } from '../../protocol/errors.js'
import type { Answer } from './exchange.js'
import { causeOf, isCut } from './retry.js'

const BODY_MAX = 64 << 10
const MESSAGE_MAX = 200

export interface About {
  /** Operands, quoted: `image 'localhost:5000/a:1'`. */
  readonly what: string
  /** Of the reference: whom to log in at. */
  readonly domain: string
}

/** Reads the body. @returns the error to throw */
export async function refusal({ what, domain }: About, answer: Answer): Promise<MiniDockerError> {
  const { status, headers } = answer
  const body = await answer.read(BODY_MAX).catch(() => Buffer.alloc(0))
  const said = errorsIn(body.toString('utf8'))
    .map(({ code, message }) => (message === '' ? code : `${code}: ${message}`))
    .join('; ')
    .slice(0, MESSAGE_MAX)
  const limit = headers['retry-after'] === undefined ? '' : `, try again after ${headers['retry-after']}`
  const why = `${domain} answers ${status}${said === '' ? '' : ` ${said}`}${limit}`
  const hint = hintOf(status, domain, what, said)
  return new MiniDockerError(classOf(status), { what, why, ...(hint === undefined ? {} : { hint }) })
}

function classOf(status: number): ErrorClass {
  if (status === 401 || status === 403) return 'FailedPrecondition'
  if (status === 404) return 'NotFound'
  if (status === 405) return 'Unsupported'
  return status === 408 || status === 429 || status >= 500 ? 'Unavailable' : 'InvalidArgument'
}

function hintOf(status: number, domain: string, what: string, said: string): string | undefined {
  if (status === 403 && /quota|limit/i.test(said)) return undefined // a login changes nothing
  if (status === 401 || status === 403) return `mini-docker ch5 login ${domain}, or ask who may give you access`
  if (status === 404 && what.startsWith('blob'))
    return 'a manifest there names it, and it is gone: push the image again'
  if (status === 404) return 'look at the name: mini-docker ch5 tags lists what is there'
  return status === 429 || status >= 500 ? 'try again later' : undefined
}

/** @param error of a connection @returns the error to throw; what is an error of ours stays as it is */
export function connectionError({ what, domain }: About, error: unknown): unknown {
  if (error instanceof MiniDockerError) return error
  const code = causeOf(error)
  if (code === undefined) return error
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code)
  if (!certificate && !isCut(error) && !/^(ENOTFOUND|EPROTO|ERR_|UND_ERR_|HPE_)/.test(code)) return error
  return new MiniDockerError(certificate ? 'FailedPrecondition' : 'Unavailable', {
    what,
    why: `${domain}: ${ofProxy(error) ?? words[code] ?? code}`,
    hint: certificate
      ? `put its authority into /etc/docker/certs.d/${domain}/ca.crt, or trust it blindly: --insecure-registry ${domain}`
      : (hints[code] ?? 'try again: what was transferred is kept'),
    cause: error,
  })
}

/** undici says so in its message alone. */
function ofProxy(error: unknown): string | undefined {
  const [, status] = /^Proxy response \((\d+)\)/.exec((error as Error).message) ?? []
  return status && `the proxy of HTTPS_PROXY answers ${status}`
}

const words: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped',
  UND_ERR_HEADERS_OVERFLOW: 'the header of its answer is too long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is cut short',
}

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is it running, and is the port right?',
  ENOTFOUND: 'is the name right, and does this machine reach the network?',
  EAI_AGAIN: 'does this machine reach the network?',
  EPROTO: 'does it speak HTTPS? --insecure-registry allows plain HTTP',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does it speak HTTPS? --insecure-registry allows plain HTTP',
}
