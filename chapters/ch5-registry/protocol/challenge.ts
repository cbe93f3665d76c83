/**
 * `WWW-Authenticate: Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"`: how a registry
 * says who gives out tokens. Source: RFC 9110, 11.6.1; distribution's token specification ("How to authenticate").
 */

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const parameter = new RegExp(`^\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))\\s*(?:,|$)`)

/** All challenges of a header: a server may offer several. What follows the first that cannot be read is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let rest = header
  for (;;) {
    const [whole, scheme] = new RegExp(`^[\\s,]*(${token})(?:\\s+|$)`).exec(rest) ?? []
    if (whole === undefined || scheme === undefined) return challenges
    rest = rest.slice(whole.length)
    const parameters: Record<string, string> = {}
    for (let found = parameter.exec(rest); found !== null; found = parameter.exec(rest)) {
      const [text, name, quoted, plain] = found
      parameters[name!.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain!
      rest = rest.slice(text.length)
    }
    challenges.push({ scheme: scheme.toLowerCase(), parameters })
  }
}

export function formatChallenge(scheme: 'Basic' | 'Bearer', parameters: Readonly<Record<string, string>>): string {
  const quoted = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
  return `${scheme} ${quoted.join(',')}`
}
