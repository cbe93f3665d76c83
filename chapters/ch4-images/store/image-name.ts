/**
 * What an image is called: `mini/node:20`. Without a tag `latest` is meant. Registries, and the names that only they give
 * (docker.io/library/…), come with ch5. Source: distribution-spec "Pulling manifests", the grammar of <name> and <reference>.
 */

import { fail } from '#core/errors'
import { isDigest } from '#core/spec/digest'

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const host = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?'
const rule = new RegExp(`^((?:${host}/)?${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?$`)

/** The whole name, with its tag. @throws MiniDockerError InvalidArgument */
export function parseName(text: string): string {
  const [, name, tag = 'latest'] = rule.exec(text) ?? []
  if (name !== undefined && name.length <= 255) return `${name}:${tag}`
  return fail('InvalidArgument', {
    what: `image name '${text}'`,
    why: /[A-Z]/.test(text.split(':')[0]!) ? 'has upper-case letters' : 'is no image name',
    hint: 'a-z 0-9 . _ - and /, then perhaps :TAG, as mini/node:20',
  })
}

/** Name and tag for a table. */
export function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const at = name.lastIndexOf(':')
  return { repository: name.slice(0, at), tag: name.slice(at + 1) }
}

/** Whether it may be meant as an ID: digits that a name could have as well are asked for as a name first. */
export const mayBeId = (text: string): boolean => /^[0-9a-f]{4,64}$/.test(text) || isDigest(text)
