/**
 * /etc/resolv.conf for inside: the host's, less the resolvers that only the host can reach. Source: resolv.conf(5);
 * moby, libnetwork/resolvconf.
 */

import * as fs from 'node:fs'

/** systemd-resolved's list of real servers, where /etc/resolv.conf names only its stub at 127.0.0.53. */
const realList = '/run/systemd/resolve/resolv.conf'

/** Who answers where the host's own resolver cannot be reached from inside: Docker's choice, too. They see the names. */
export const publicResolvers = ['8.8.8.8', '8.8.4.4'] as const

const isLoopback = (server: string): boolean => server.startsWith('127.') || server === '::1'

const withoutServers = (text: string): string[] =>
  text.split('\n').filter(line => !/^\s*(nameserver\b|#|;|$)/.test(line))

const withServers = (text: string, servers: readonly string[]): string =>
  [...servers.map(server => `nameserver ${server}`), ...withoutServers(text)].map(line => `${line}\n`).join('')

export const serversIn = (text: string): string[] =>
  [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, server]) => server!)

/** @param hosts the host's file; @param real systemd-resolved's, '' where there is none */
export function reachableResolvers(hosts: string, real: string): string {
  const source = serversIn(hosts).some(isLoopback) && real !== '' ? real : hosts
  const reachable = serversIn(source).filter(server => !isLoopback(server))
  return withServers(source, reachable.length > 0 ? reachable : publicResolvers)
}

/** The same search domains and options, asked of one server: what stands in front of the host's resolver. */
export const singleResolver = (hosts: string, server: string): string => withServers(hosts, [server])

export interface HostResolvers {
  /** /etc/resolv.conf */
  readonly own: string
  readonly real: string
}

export const readResolvers = (): HostResolvers => ({ own: readOr('/etc/resolv.conf'), real: readOr(realList) })

/** The file, or '' where there is none: a host may do without. */
export function readOr(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
