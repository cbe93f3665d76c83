/** What was decided, in a sentence: pure. */

import type { Words } from '../words.js'
import { sizeOf, type Verdict } from './registry.js'

export const shortDigest = (digest: string): string => digest.replace(/^sha256:([0-9a-f]{12})[0-9a-f]{52}$/, '$1')

export function describe(verdict: Verdict, say: Words['registry']): string {
  const { said } = say
  switch (verdict.kind) {
    case 'token':
      return said.token(verdict.scopes.join(' '))
    case 'granted':
      return said.granted(verdict.scopes.join(' '))
    case 'stands-for':
      return said.standsFor(shortDigest(verdict.digest), sizeOf(verdict.bytes))
    case 'document':
      return said.document(say.kinds[verdict.what], verdict.names)
    case 'blob':
      return said.blob(say.kinds[verdict.what])
    case 'other':
      return said.other(shortDigest(verdict.wanted), shortDigest(verdict.found))
    case 'cut':
      return said.cut(sizeOf(verdict.have), sizeOf(verdict.of), verdict.wait)
    case 'mounted':
      return said.mounted(verdict.from)
    case 'has':
      return verdict.bytes === verdict.of ? said.hasAll : said.has(sizeOf(verdict.bytes), sizeOf(verdict.of))
    case 'named':
      return said.named(verdict.reference)
    default:
      return said[verdict.kind]
  }
}
