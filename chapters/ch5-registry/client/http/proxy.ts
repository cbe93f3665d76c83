/**
 * Through which proxy a request goes, as curl, Go and Docker read the environment: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, or in lower
 * case. This machine itself is never asked for through one. Source: golang.org/x/net/http/httpproxy.
 */

import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy's URL, null: none. Pure. */
export function proxyFor(url: string, env: Environment): string | null {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const proxy = valueOf(env, protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (proxy === undefined || isLoopback(host)) return null
  const own = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  const rules = (valueOf(env, 'NO_PROXY') ?? '').split(',').map(rule => rule.trim().toLowerCase())
  if (rules.some(rule => rule !== '' && excludes(rule, host, own))) return null
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

const valueOf = (env: Environment, name: string): string | undefined =>
  env[name] || env[name.toLowerCase()] || undefined

/** localhost, 127.0.0.0/8, ::1. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** `example.com` is that host and all below it, `.example.com` only those below, `10.0.0.0/8` a network, `*` everything. */
function excludes(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  if (rule.includes('/')) return isWithin(rule, host)
  const [, name, onlyPort] = /^(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(rule) ?? []
  if (name === undefined || (onlyPort !== undefined && onlyPort !== port)) return false
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*(?=\.)/, '')
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`)
}

function isWithin(network: string, host: string): boolean {
  const [address = '', bits = ''] = network.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0 || isIP(host) !== isIP(address) || !/^\d{1,3}$/.test(bits)) return false
  if (Number(bits) > (family === 'ipv6' ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(address, Number(bits), family)
  return list.check(host, family)
}
