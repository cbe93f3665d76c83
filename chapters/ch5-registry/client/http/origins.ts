/**
 * At which addresses a registry's host may be reached, the first choice first. HTTPS, always; plain HTTP and certificates of
 * nobody's only where this machine itself is meant or the user said so. Docker's rules: docs.docker.com/reference/cli/dockerd,
 * "Insecure registries". Pure.
 */

import { defaultDomain } from '../../reference/read.js'
import { isLoopback } from './proxy.js'

export interface Origin {
  /** `https://registry.example:5000` */
  readonly url: string
  /** Whether its certificate has to be one that somebody known has signed. */
  readonly verify: boolean
}

/** Docker Hub's registry is not at the host that its references name. */
const hubOrigin = 'https://registry-1.docker.io'

/** @param insecure hosts, `HOST` or `HOST:PORT`, as `--insecure-registry` has them */
export function originsOf(domain: string, insecure: readonly string[]): readonly [Origin, ...Origin[]] {
  if (domain === defaultDomain) return [{ url: hubOrigin, verify: true }]
  const host = domain.replace(/:\d+$/, '')
  const lax = isLoopback(host.replace(/^\[|\]$/g, '')) || insecure.includes(domain) || insecure.includes(host)
  if (!lax) return [{ url: `https://${domain}`, verify: true }]
  return [
    { url: `https://${domain}`, verify: false },
    { url: `http://${domain}`, verify: false },
  ]
}
