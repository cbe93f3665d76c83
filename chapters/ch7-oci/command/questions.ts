/**
 * What an engine asks all the time: a container's state, and a signal for it. Whatever they need is loaded with them, and is little:
 * the program of these two alone starts nearly as fast as Node does (scripts/build).
 */

import { out } from '#core/cli/out'
import { kill } from '../lifecycle/kill.js'
import { stateJson } from '../lifecycle/told.js'
import { type Command, idOf } from './command.js'

export const questions: Readonly<Record<string, Command>> = {
  state: {
    about: 'The state of a container, as JSON.',
    usage: 'ID',
    options: [],
    run: (parsed, containers) => {
      out(`${JSON.stringify(stateJson(containers, containers.get(idOf(parsed))), null, 2)}\n`)
      return 0
    },
  },
  kill: {
    about: "Send a signal to a container's init.",
    usage: 'ID [SIGNAL]',
    options: [{ name: 'all', short: 'a', about: 'to all of its processes' }],
    run: (parsed, containers) => {
      kill(containers, idOf(parsed), parsed.rest[1] ?? 'SIGTERM', parsed.options.has('all'))
      return 0
    },
  },
}
