/**
 * What `registry.example:5000/team/app:1.2@sha256:…` says: at which host, in which repository, under which tag or digest.
 * The short forms are Docker's: `alpine` is docker.io/library/alpine:latest.
 * Source: the grammar in github.com/distribution/reference, reference.go, and normalize.go for what is left out.
 */

import { fail } from '#core/errors'
import type { Digest } from '#core/spec/digest'

export interface Reference {
  /** Host, with its port where one is named: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string
  /** The repository at that host: `library/alpine`. */
  readonly path: string
  /** null only beside a digest. */
  readonly tag: string | null
  /** What was asked for is this and nothing else, whatever the tag says. */
  readonly digest: Digest | null
}

export const defaultDomain = 'docker.io'
const NAME_MAX = 255

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domainRule = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const pathRule = new RegExp(`^${component}(?:/${component})*$`)
const tagRule = /^\w[\w.-]{0,127}$/
const digestRule = /^sha256:[0-9a-f]{64}$/

// #region part
/** @throws MiniDockerError InvalidArgument, and says which part of it is wrong */
export function parseReference(text: string): Reference {
  // #region solution
  const [named, digest = null, ...more] = text.split('@')
  if (more.length > 0) wrong(text, 'has more than one @')
  if (digest !== null && !digestRule.test(digest)) wrong(text, `'${digest}' is no sha256 digest`)
  // the last colon parts the tag, unless a slash follows: then it is the port's
  const colon = named!.lastIndexOf(':')
  const hasTag = colon > named!.lastIndexOf('/')
  const name = hasTag ? named!.slice(0, colon) : named!
  const tag = hasTag ? named!.slice(colon + 1) : null
  if (tag !== null && !tagRule.test(tag)) wrong(text, `'${tag}' is no tag`)
  if (/^[0-9a-f]{64}$/.test(name)) wrong(text, 'is 64 hexadecimal digits: that is an ID')
  const { domain, path } = place(name)
  if (!domainRule.test(domain)) wrong(text, `'${domain}' is no host`)
  if (!pathRule.test(path)) wrong(text, /[A-Z]/.test(path) ? 'has upper-case letters' : `'${path}' is no repository`)
  if (`${domain}/${path}`.length > NAME_MAX) wrong(text, `is longer than ${NAME_MAX} characters`)
  return { domain, path, tag: tag ?? (digest === null ? 'latest' : null), digest }
  // #endregion solution
}
// #endregion part

/** The first word is a host when it looks like no repository: it has a dot, a colon, an upper-case letter, or is localhost. */
function place(name: string): Pick<Reference, 'domain' | 'path'> {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const domain = isHost ? first : defaultDomain
  const path = isHost ? name.slice(slash + 1) : name
  if (domain !== defaultDomain && domain !== 'index.docker.io') return { domain, path }
  return { domain: defaultDomain, path: path.includes('/') ? path : `library/${path}` }
}

const wrong = (text: string, why: string): never =>
  fail('InvalidArgument', {
    what: `reference '${text}'`,
    why,
    hint: '[HOST[:PORT]/]NAME[:TAG][@DIGEST], as localhost:5000/mini/node:20',
  })
