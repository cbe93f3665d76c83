/**
 * Latest beside a digest too: what was asked for is that digest, whatever is latest.
 *
 * @rejected digests
 * @says tag latest, digest
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
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
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
  return { domain, path, tag: tag ?? 'latest', digest }
}
