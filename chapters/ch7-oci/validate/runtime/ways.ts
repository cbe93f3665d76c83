/** The two ways in which most checks ask: what a program sees from inside, and whether a config is refused. */

import { Broken, broken, type Check, same } from './check.js'
import type { Changes } from './config.js'
import type { Room } from './room.js'

type Ask = Check['ask']

/** A container of this config, whose script has to print exactly this. */
export const prints =
  (expected: string | ((room: Room) => string), script: string, changes: Changes = {}): Ask =>
  async room => {
    const output = await room.container(script, changes).ran()
    same('inside', output.trim(), typeof expected === 'string' ? expected : expected(room))
  }

/** The same, where it is not one text that is right. @param holds what is wrong, null where nothing */
export const shows =
  (script: string, changes: Changes, holds: (lines: readonly string[], room: Room) => string | null): Ask =>
  async room => {
    const output = await room.container(script, changes).ran()
    const wrong = holds(output.trim().split('\n'), room)
    if (wrong !== null) broken(wrong)
  }

/** No container comes of a config with such a change, nor of any of the others. */
export const refuses =
  (changes: Readonly<Record<string, Changes>>, { late = false } = {}): Ask =>
  async room => {
    const wrong: string[] = []
    for (const [i, [what, change]] of Object.entries(changes).entries()) {
      const container = room.container('echo it runs', change)
      try {
        await container.refused({ late, known: i > 0 })
        if (container.output() !== '') wrong.push(`${what}: the program has run`)
      } catch (error) {
        if (!(error instanceof Broken)) throw error
        wrong.push(`${what}: ${error.message}`)
      }
    }
    if (wrong.length > 0) broken(wrong.join('; '))
  }
