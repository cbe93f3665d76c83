/**
 * What `registry.example:5000/team/app:1.2@sha256:…` says: at which host, in which repository, under which tag or digest.
 * The short forms are Docker's: `alpine` is docker.io/library/alpine:latest. Pure, and a lab.
 * Source: the grammar in github.com/distribution/reference, reference.go, and normalize.go for what is left out.
 */

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

/** Which part of a text keeps it from being a reference; `id`: all of it is 64 hexadecimal digits. */
export interface Misread {
  readonly wrong: 'digest' | 'tag' | 'id' | 'host' | 'repository' | 'length'
  readonly text: string
}

export const defaultDomain = 'docker.io'
/** Of host and repository, with the slash between them. */
export const NAME_MAX = 255

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domainRule = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const pathRule = new RegExp(`^${component}(?:/${component})*$`)
const tagRule = /^\w[\w.-]{0,127}$/
const digestRule = /^sha256:[0-9a-f]{64}$/

// #region part
export function readReference(text: string): Reference | Misread {
  // #region solution
  const at = text.indexOf('@')
  const digest = at < 0 ? null : text.slice(at + 1)
  if (digest !== null && !digestRule.test(digest)) return { wrong: 'digest', text: digest }
  const named = at < 0 ? text : text.slice(0, at)
  // the last colon parts the tag, unless a slash follows: then it is the port's
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : null
  if (tag !== null && !tagRule.test(tag)) return { wrong: 'tag', text: tag }
  if (/^[0-9a-f]{64}$/.test(name)) return { wrong: 'id', text: name }
  const { domain, path } = place(name)
  if (!domainRule.test(domain)) return { wrong: 'host', text: domain }
  if (!pathRule.test(path)) return { wrong: 'repository', text: path }
  if (`${domain}/${path}`.length > NAME_MAX) return { wrong: 'length', text: name }
  return { domain, path, tag: tag ?? (digest === null ? 'latest' : null), digest }
  // #endregion solution
}

/** The first word is a host when it looks like no repository: it has a dot, a colon, an upper-case letter, or is localhost. */
function place(name: string): Pick<Reference, 'domain' | 'path'> {
  // #region solution-place
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  const domain = isHost ? first : defaultDomain
  const path = isHost ? name.slice(slash + 1) : name
  if (domain !== defaultDomain && domain !== 'index.docker.io') return { domain, path }
  return { domain: defaultDomain, path: path.includes('/') ? path : `library/${path}` }
  // #endregion solution-place
}
// #endregion part
