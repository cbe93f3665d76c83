/** `Link: </v2/a/tags/list?n=2&last=x>; rel="next"`: where a list goes on. Source: RFC 8288; distribution-spec "Listing Tags". */

export const nextLink = (path: string): string => `<${path}>; rel="next"`

/** The target of the link that says next, as it stands there; null at the end of the list. */
export function nextIn(header: string | undefined): string | null {
  for (const [, target, parameters] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;[^,]*)*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)/i.test(parameters!)) return target!
  }
  return null
}
