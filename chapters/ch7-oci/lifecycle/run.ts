/** `run`: create and start in one. */

import type { Containers } from './containers.js'
import { type CreateWish, create } from './create.js'
import { inForeground } from './in-foreground.js'
import { remove } from './remove.js'
import { start } from './start.js'

export interface RunWish extends Omit<CreateWish, 'onConsole'> {
  readonly detach: boolean
  /** It is not deleted when it has ended. */
  readonly keep: boolean
}

/** @returns the program's exit code; 0 at once for one that is detached */
export async function run(containers: Containers, { detach, keep, ...wish }: RunWish): Promise<number> {
  if (detach) {
    await createAndStart(containers, wish)
    return 0
  }
  let isMade = false
  try {
    return await inForeground(async onConsole => {
      const pid = await createAndStart(containers, wish.consoleSocket === null ? { ...wish, onConsole } : wish)
      isMade = true
      return pid
    })
  } finally {
    if (isMade && !keep) await remove(containers, wish.id, true)
  }
}

/** One that cannot be started is not left behind, created. @returns its pid */
async function createAndStart(containers: Containers, wish: CreateWish): Promise<number> {
  const { init } = await create(containers, wish)
  try {
    await start(containers, wish.id)
  } catch (error) {
    await remove(containers, wish.id, true)
    throw error
  }
  return init!.pid
}
