/** `ch3 pause` and `ch3 resume`: one after the other, and one that cannot be does not keep the others from it. */

import { fail, MiniDockerError } from '#core/errors'
import { containerOf, machine, needNames } from './containers.js'
import { isPaused, setFrozen } from './freezer.js'

/** Docker's words: "Container … is already paused", "Container … is not paused". */
export async function setPaused(command: string, names: readonly string[], paused: boolean): Promise<number> {
  needNames(command, names)
  const { out, printError } = await import('#core/cli/print')
  const here = await machine()
  let code = 0
  for (const who of names) {
    try {
      const { name, directories } = containerOf(here, who)
      if (isPaused(directories) === paused) refuse(name, paused)
      await setFrozen(name, directories, paused)
      out(`${name}\n`)
    } catch (error) {
      if (!(error instanceof MiniDockerError)) throw error
      printError(error)
      code = error.exit
    }
  }
  return code
}

const refuse = (name: string, paused: boolean): never =>
  fail('FailedPrecondition', {
    what: `container '${name}'`,
    why: paused ? 'is already paused' : 'is not paused',
    hint: paused ? `mini-docker ch3 resume ${name}` : 'it runs already',
  })
