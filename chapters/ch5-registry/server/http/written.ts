/** Written to a client: handed to the kernel, or never, because it has gone. */

import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { Cut } from '../refusal.js'

/**
 * Done when the chunk's memory may be used again.
 * @param to the response, or the connection below it
 * @throws Cut when the client has gone
 */
export const written = (response: ServerResponse, to: Writable, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const cut = (): void => reject(new Cut('the connection ended'))
    if (response.destroyed) return cut()
    response.once('close', cut)
    to.write(chunk, error => {
      response.off('close', cut)
      if (error == null) resolve()
      else cut()
    })
  })
