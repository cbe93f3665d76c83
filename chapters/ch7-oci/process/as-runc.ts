/** What engines count on and the specification leaves open: a process as they ask for it, made complete. Pure. */

import type { Process } from '#core/spec/runtime'
import { capabilities as numbers } from '#core/sys/constants'

/**
 * config.md "User" would leave the caller's umask. But whoever calls a runtime is a daemon, whose mask may be 0: what a container
 * writes would be everybody's to change. runc and crun give this one, too.
 */
export const withUsualUmask = (process: Process): Process =>
  process.user.umask === undefined ? { ...process, user: { ...process.user, umask: 0o022 } } : process

export interface Within {
  readonly process: Process
  /** Names of those that were asked for and cannot be given, those that nobody knows included. */
  readonly withheld: readonly string[]
}

/**
 * config.md "capabilities": "runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be granted".
 * An engine's --privileged asks for all, and one that runs in a container itself does not hold all.
 *
 * @param held bit n is capability n; null where a new user namespace holds them all
 */
export function withinReach(process: Process, held: bigint | null): Within {
  const { capabilities } = process
  if (capabilities === undefined || held === null) return { process, withheld: [] }
  const isHeld = (name: string): boolean => {
    const number = (numbers as Readonly<Record<string, number>>)[name]
    return number !== undefined && ((held >> BigInt(number)) & 1n) === 1n
  }
  const sets = Object.entries(capabilities) as [string, readonly string[]][]
  return {
    process: {
      ...process,
      capabilities: Object.fromEntries(sets.map(([set, names]) => [set, names.filter(isHeld)])),
    },
    withheld: [...new Set(sets.flatMap(([, names]) => names))].filter(name => !isHeld(name)),
  }
}
