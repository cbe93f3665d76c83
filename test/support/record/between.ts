/** Stands between a client and a registry, and does one thing to one request: a network as it may be. */

import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import { sleep } from '#support/world'

export type Mischief = {
  readonly method: string
  /** Part of it. */
  readonly path: string
} & (
  | { readonly cutAnswerAt: number }
  | { readonly cutRequestAt: number }
  /** The bits of the byte there. */
  | { readonly changeAt: number }
)

/** What was sent is read before the connection ends: or how much of it arrived would be chance. */
export const SETTLES_MS = 2000

export class Between {
  mischief: Mischief | null = null
  readonly #server: http.Server

  private constructor(port: number) {
    this.#server = http.createServer((request, response) => {
      const { method, url = '', headers } = request
      const found = this.mischief
      const is = found !== null && found.method === method && url.includes(found.path) ? found : null
      if (is !== null && !('changeAt' in is)) this.mischief = null // once
      const there = http.request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, answer => {
        response.writeHead(answer.statusCode!, answer.headers)
        void pass(answer, response, is !== null && 'cutAnswerAt' in is ? is.cutAnswerAt : null, is)
      })
      there.on('error', () => response.destroy())
      void pass(request, there, is !== null && 'cutRequestAt' in is ? is.cutRequestAt : null, null)
    })
  }

  static async open(port: number): Promise<Between> {
    const between = new Between(port)
    await new Promise<void>(resolve => between.#server.listen(0, '127.0.0.1', resolve))
    return between
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function pass(
  from: http.IncomingMessage,
  to: http.ClientRequest | http.ServerResponse,
  end: number | null,
  mischief: Mischief | null,
): Promise<void> {
  let passed = 0
  const write = (bytes: Buffer): Promise<void> => new Promise(resolve => to.write(bytes, () => resolve()))
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const bytes = end === null ? chunk : chunk.subarray(0, end - passed)
      if (mischief !== null && 'changeAt' in mischief) {
        const at = mischief.changeAt - passed
        if (at >= 0 && at < bytes.length) bytes[at] = bytes[at]! ^ 0xff
      }
      await write(bytes)
      passed += bytes.length
      if (passed !== end) continue
      await sleep(SETTLES_MS)
      to.destroy()
      from.socket.destroy()
      return
    }
    to.end()
  } catch {
    to.destroy()
  }
}
