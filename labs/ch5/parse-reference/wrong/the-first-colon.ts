/**
 * The first colon behind the first slash: what follows it may have another.
 *
 * @rejected says-which-part
 * @says "alpine:a:b" is nothing: wrong is its tag
 */

import type { Misread, Reference } from '#chapters/ch5-registry/reference/read'

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const hostRule = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const word = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const pathRule = new RegExp(`^${word}(?:/${word})*$`)

export function readReference(text: string): Reference | Misread {
  const at = text.indexOf('@')
  const digest = at < 0 ? null : text.slice(at + 1)
  if (digest !== null && !/^sha256:[0-9a-f]{64}$/.test(digest)) return { wrong: 'digest', text: digest }
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.indexOf(':', named.indexOf('/'))
  const hasTag = colon >= 0
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : null
  if (tag !== null && !/^\w[\w.-]{0,127}$/.test(tag)) return { wrong: 'tag', text: tag }
  if (/^[0-9a-f]{64}$/.test(name)) return { wrong: 'id', text: name }
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isHost = slash >= 0 && (/[.:A-Z]/.test(first) || first === 'localhost')
  const written = isHost ? first : 'docker.io'
  const domain = written === 'index.docker.io' ? 'docker.io' : written
  const rest = isHost ? name.slice(slash + 1) : name
  const path = domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  if (!hostRule.test(domain)) return { wrong: 'host', text: domain }
  if (!pathRule.test(path)) return { wrong: 'repository', text: path }
  if (`${domain}/${path}`.length > 255) return { wrong: 'length', text: name }
  return { domain, path, tag: tag ?? (digest === null ? 'latest' : null), digest }
}
