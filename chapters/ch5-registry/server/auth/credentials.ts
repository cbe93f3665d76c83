/** What `Authorization` says. Source: RFC 9110, 11.6.2; RFC 7617; RFC 6750. */

export type Credentials =
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }

/** @returns null without a header; 'wrong' for one that cannot be read */
export function credentialsOf(header: string | undefined): Credentials | 'wrong' | null {
  if (header === undefined) return null
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([^\s]+)$/.exec(header.trim()) ?? []
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value }
  if (scheme.toLowerCase() !== 'basic' || !/^[A-Za-z0-9+/_-]+=*$/.test(value)) return 'wrong'
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? 'wrong' : { scheme: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) }
}
