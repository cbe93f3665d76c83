/** A check as a row of a table: what the runtime-spec says that MUST hold, where it says so, and how a runtime is asked. */

import type { Facts } from '#core/sys/facts'
import type { Room } from './room.js'

export interface Check {
  readonly id: string
  /** Page of the spec and heading: `config-linux.md#seccomp`. */
  readonly section: string
  /** What MUST hold. */
  readonly must: string
  /** The version that brought it: the bundle says that it is of this one. Without it, 1.0.2. */
  readonly since?: string
  /** What this machine lacks for it, null where nothing. */
  readonly needs?: (facts: Facts) => string | null
  /** @throws Broken, Skipped */
  readonly ask: (room: Room) => Promise<void>
}

/** The runtime did something else. One line. */
export class Broken extends Error {}

/** It cannot be asked here, or of this runtime. */
export class Skipped extends Error {}

export function broken(found: string): never {
  throw new Broken(found)
}

export function skip(reason: string): never {
  throw new Skipped(reason)
}

/** @param what is compared, for who reads the difference */
export function same(what: string, found: unknown, expected: unknown): void {
  const [is, should] = [found, expected].map(value => (typeof value === 'string' ? value : JSON.stringify(value)))
  if (is !== should) broken(`${what}: '${is}' in the place of '${should}'`)
}
