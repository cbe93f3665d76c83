/**
 * A digest names content by what it is: `sha256:` and 64 hexadecimal digits. Source: image-spec descriptor.md "Digests".
 */

import { fail } from '#core/errors'

export type Digest = string

const rule = /^sha256:[0-9a-f]{64}$/

export const isDigest = (text: string): text is Digest => rule.test(text)

/** The digits alone. @throws MiniDockerError InvalidArgument for what is no sha256 digest: no path may be made of it */
export function hexOf(digest: Digest): string {
  if (rule.test(digest)) return digest.slice('sha256:'.length)
  return fail('InvalidArgument', {
    what: `digest '${digest}'`,
    why: 'is no sha256 digest',
    hint: 'sha256: and 64 digits 0-9a-f; other algorithms are not supported',
  })
}

/** What is shown where there is no room: as Docker, the first 12 digits. */
export const shortOf = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12)
