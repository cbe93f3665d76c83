/** A TCP connection, between a port of this machine and another, that ends, waits or changes a byte where it is told to. */

import * as net from 'node:net'

export interface Harm {
  /** To the server, or from it. */
  readonly way: 'there' | 'back'
  /** Bytes that go that way before it happens. */
  readonly after: number
  readonly kind: 'cut' | 'flip' | 'wait'
}

export interface CutCable {
  readonly port: number
  /** Of the next connections, one each; those that come later are whole. */
  harms: Harm[]
  close(): Promise<void>
}

const WAIT_MS = 50

export async function cutCable(to: number): Promise<CutCable> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, near => {
    const harm = cable.harms.shift()
    const far = net.connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    const cut = (): void => void [near.resetAndDestroy(), far.resetAndDestroy()]
    for (const [from, into, way] of [
      [near, far, 'there'],
      [far, near, 'back'],
    ] as const) {
      sockets.add(from)
      from.on('error', () => into.destroy()).on('close', () => sockets.delete(from))
      from.on('end', () => into.end())
      let passed = 0
      from.on('data', chunk => {
        const at = harm?.way === way ? harm.after - passed : Number.POSITIVE_INFINITY
        passed += chunk.length
        const isHere = at >= 0 && at < chunk.length
        if (isHere && harm?.kind === 'cut') return void into.write(chunk.subarray(0, at), cut)
        if (isHere && harm?.kind === 'flip') chunk[at]! ^= 1
        if (isHere && harm?.kind === 'wait') {
          from.pause()
          setTimeout(() => from.resume(), WAIT_MS)
        }
        if (!into.write(chunk)) {
          from.pause()
          into.once('drain', () => from.resume())
        }
      })
    }
  })
  const cable: CutCable = {
    port: 0,
    harms: [],
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(cable, { port: (server.address() as net.AddressInfo).port })
}
