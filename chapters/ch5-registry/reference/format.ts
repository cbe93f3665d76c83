/** A reference as text: whole, as a registry's log has it, and short, as people write it and ch4 keeps it. */

import { defaultDomain, type Reference } from './read.js'

const end = ({ tag, digest }: Reference): string =>
  `${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`

/** `docker.io/library/alpine:latest` */
export const wholeName = (reference: Reference): string => `${reference.domain}/${reference.path}${end(reference)}`

/** `alpine:latest`: without what Docker would add by itself. */
export function familiarName(reference: Reference): string {
  const { domain, path } = reference
  if (domain !== defaultDomain) return wholeName(reference)
  return `${/^library\/[^/]+$/.test(path) ? path.slice('library/'.length) : path}${end(reference)}`
}

/** What a registry is asked for in the path: the digest where there is one. */
export const tagOrDigest = ({ tag, digest }: Reference): string => digest ?? tag!
