/**
 * linux.seccomp.listenerPath: who answers for a container's calls listens there, and is sent the listener of its filter with the
 * state of its process. Source: config-linux.md "Seccomp", The Container Process State; seccomp_unotify(2).
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { ociVersion, type Spec } from '#core/spec/runtime'
import { connectTo, send } from '#core/sys/socket'

/** @param state of the container, without a pid @throws MiniDockerError when it is called: nobody listens there */
export function listenerTo(
  { linux }: Spec,
  state: Readonly<Record<string, unknown>>,
): (listener: number, init: number) => void {
  return (listener, init) => {
    const { listenerPath = '', listenerMetadata: metadata } = linux!.seccomp!
    try {
      const connection = connectTo(listenerPath)
      try {
        const said = {
          ociVersion,
          fds: ['seccompFd'],
          pid: init,
          ...(metadata === undefined ? {} : { metadata }),
          state: { ...state, pid: init },
        }
        send(connection, Buffer.from(JSON.stringify(said)), listener)
      } finally {
        fs.closeSync(connection)
      }
    } catch (cause) {
      fail('FailedPrecondition', { what: `seccomp listener '${listenerPath}'`, why: errnoOf(cause) ?? 'EIO', cause })
    } finally {
      fs.closeSync(listener)
    }
  }
}
