/** --console-socket: whoever asked for a terminal listens there, and is sent its master. Source: runc's docs/terminals.md. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { connectTo, send } from '#core/sys/socket'

/** @returns takes the master @throws MiniDockerError: it cannot be reached, or a terminal has nobody to take it */
export function consoleTo(socket: string | null, terminal: boolean): ((master: number) => void) | undefined {
  if (socket === null) {
    if (terminal) {
      fail('InvalidArgument', {
        what: 'process.terminal',
        why: 'nobody takes the terminal',
        hint: '--console-socket SOCKET, or run without --detach',
      })
    }
    return undefined
  }
  if (!terminal)
    fail('InvalidArgument', { what: '--console-socket', why: 'there is no terminal: process.terminal is false' })
  let connection: number
  try {
    connection = connectTo(socket)
  } catch (cause) {
    return fail('FailedPrecondition', { what: `console socket '${socket}'`, why: errnoOf(cause) ?? 'EIO', cause })
  }
  return master => {
    send(connection, Buffer.from('/dev/ptmx'), master)
    fs.closeSync(connection)
    fs.closeSync(master)
  }
}
