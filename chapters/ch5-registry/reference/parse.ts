/** A reference that somebody wrote, or a clear line about what is wrong with it. */

import { fail } from '#core/errors'
import { readReference } from '../parts-in-use.js'
import { type Misread, NAME_MAX, type Reference } from './read.js'

/** @throws MiniDockerError InvalidArgument, and says which part of it is wrong */
export function parseReference(text: string): Reference {
  const found = readReference(text)
  if (!('wrong' in found)) return found
  return fail('InvalidArgument', {
    what: `reference '${text}'`,
    why: whyNot[found.wrong](found.text),
    hint: '[HOST[:PORT]/]NAME[:TAG][@DIGEST], as localhost:5000/mini/node:20',
  })
}

const whyNot: Readonly<Record<Misread['wrong'], (part: string) => string>> = {
  digest: part => (part.includes('@') ? 'has more than one @' : `'${part}' is no sha256 digest`),
  tag: part => `'${part}' is no tag`,
  id: () => 'is 64 hexadecimal digits: that is an ID',
  host: part => `'${part}' is no host`,
  repository: part => (/[A-Z]/.test(part) ? 'has upper-case letters' : `'${part}' is no repository`),
  length: () => `is longer than ${NAME_MAX} characters`,
}
