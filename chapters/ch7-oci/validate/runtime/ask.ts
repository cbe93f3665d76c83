/** Asks a runtime one check after the other, and cleans up behind each. */

import { Broken, type Check, Skipped } from './check.js'
import type { Room } from './room.js'
import type { Result } from './tap.js'

export async function ask(check: Check, room: Room): Promise<Result> {
  const lacking = check.needs?.(room.facts) ?? null
  if (lacking !== null) return { check, result: 'skipped', found: lacking }
  room.begin(check.since ?? '1.0.2')
  try {
    await check.ask(room)
    return { check, result: 'ok' }
  } catch (error) {
    if (error instanceof Broken) return { check, result: 'broken', found: error.message }
    if (error instanceof Skipped) return { check, result: 'skipped', found: error.message }
    // whatever a bad runtime makes us stumble over: a file that it did not write, a process that is gone
    return { check, result: 'broken', found: (error as Error).message }
  } finally {
    await room.clean()
  }
}
