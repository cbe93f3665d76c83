/** IPv4 addresses and subnets as numbers: what the choice of an address is computed with. Source: RFC 4632 (CIDR). */

/** All addresses whose first `length` bits are those of `network`. */
export interface Subnet {
  readonly network: number
  readonly length: number
}

/** @returns null when it is no dotted quad */
export function parseAddress(text: string): number | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map(shift => (address >>> shift) & 255).join('.')

/** How many addresses a prefix of that length leaves. */
export const sizeOf = ({ length }: Subnet): number => 2 ** (32 - length)

/** `172.30.0.0/16`. @returns null when it is none, or when bits are set past the prefix */
export function parseSubnet(text: string): Subnet | null {
  const [quad = '', bits = '', ...more] = text.split('/')
  const network = parseAddress(quad)
  if (network === null || more.length > 0 || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return null
  const subnet = { network, length: Number(bits) }
  return network % sizeOf(subnet) === 0 ? subnet : null
}

export const formatSubnet = ({ network, length }: Subnet): string => `${formatAddress(network)}/${length}`

export const contains = (subnet: Subnet, address: number): boolean =>
  address >= subnet.network && address < subnet.network + sizeOf(subnet)

export const overlap = (a: Subnet, b: Subnet): boolean => contains(a, b.network) || contains(b, a.network)

/** The first address is the bridge's own: the gateway of all the others. */
export const gatewayOf = (subnet: Subnet): number => subnet.network + 1

/**
 * A link address out of the network address, as Docker does (libnetwork, netutils.GenerateMACFromIP): 02 says that it was
 * made up here, and no two neighbours on a bridge can have the same.
 */
export const macOf = (address: number): string =>
  ['02', '42', ...[24, 16, 8, 0].map(shift => ((address >>> shift) & 255).toString(16).padStart(2, '0'))].join(':')
