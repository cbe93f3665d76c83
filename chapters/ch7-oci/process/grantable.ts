/**
 * Capabilities that cannot be given are left out, and told of: a name that nobody knows, or one that the runtime does not have itself,
 * as in a container. Source: config.md "Linux process", capabilities(7).
 */

import type { Process, Spec } from '#core/spec/runtime'
import { capabilities } from '#core/sys/constants'

interface Grantable {
  readonly process: Process
  /** What is left out. */
  readonly lacking: readonly string[]
}

/** @param bounding what the runtime has, a bit for each; in a user namespace of its own a container has all of them */
export function grantable(process: Process, { linux }: Pick<Spec, 'linux'>, bounding: bigint, last: number): Grantable {
  const { capabilities: sets } = process
  if (sets === undefined) return { process, lacking: [] }
  const all = (1n << BigInt(last + 1)) - 1n
  const has = linux?.namespaces?.some(({ type }) => type === 'user') === true ? all : bounding & all
  const numbers: Readonly<Record<string, number>> = capabilities
  const isGiven = (name: string): boolean =>
    Object.hasOwn(numbers, name) && (has & (1n << BigInt(numbers[name]!))) !== 0n
  const lacking = new Set(
    Object.values<readonly string[]>({ ...sets }).flatMap(names => names.filter(name => !isGiven(name))),
  )
  if (lacking.size === 0) return { process, lacking: [] }
  const given = Object.fromEntries(
    Object.entries<readonly string[]>({ ...sets }).map(([set, names]) => [set, names.filter(isGiven)]),
  )
  return { process: { ...process, capabilities: given }, lacking: [...lacking].sort() }
}
