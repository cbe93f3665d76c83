/** One request to CRIU, and what it tells until that is done. */

import { fail } from '#core/errors'
import { which } from '#core/sys/probe'
import { type Received, receive, send, socketpair } from '#core/sys/socket'
import { decodeTold, encodeAnswer, type Told } from './messages.js'

/** `criu swrk 3`: one process for one request, over the socket that is its fd 3. */
export const SOCKET_FD = 3
export const criuArgs: readonly string[] = ['criu', 'swrk', String(SOCKET_FD)]

/** @throws MiniDockerError Unavailable */
export const criuOrFail = (): string =>
  which('criu') ??
  fail('Unavailable', {
    what: "program 'criu'",
    why: 'is not on this machine: it writes processes to files and makes them again',
    hint: 'apt install criu',
  })

export const environment = (): string[] => Object.entries(process.env).map(([name, value]) => `${name}=${value}`)

/** Each message is one packet. */
export const criuSocket = (): [ours: number, theirs: number] => socketpair('SOCK_SEQPACKET')

const ROOM = 64 * 1024

/**
 * @param listen is told what happens on the way, with a file now and then; when it fails CRIU is told to stop, and that error is thrown
 * @returns its last word; null: it has ended without one
 */
export async function talk(
  socket: number,
  request: Uint8Array,
  listen: (told: Told, fd: number | null) => unknown,
): Promise<Told | null> {
  const room = Buffer.alloc(ROOM)
  let failure: { readonly error: unknown } | undefined
  send(socket, request)
  for (;;) {
    const { length, fd }: Received = await receive(socket, room)
    const told = length === 0 ? null : decodeTold(room.subarray(0, length))
    if (told === null || told.script === null) {
      if (failure !== undefined) throw failure.error
      return told
    }
    try {
      await listen(told, fd)
    } catch (error) {
      failure ??= { error }
    }
    send(socket, encodeAnswer(failure === undefined))
  }
}
