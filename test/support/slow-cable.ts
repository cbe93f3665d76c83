/** A TCP connection that is slow, between a port of this machine and another: bytes are counted, and none are lost on the way. */

import * as net from 'node:net'
import { Transform } from 'node:stream'

export interface SlowCable {
  readonly port: number
  /** Bytes from the client. */
  sent(): number
  close(): Promise<void>
}

/** @param rate bytes a second, of each connection in each direction */
export async function slowCable(to: number, rate: number): Promise<SlowCable> {
  let sent = 0
  const sockets = new Set<net.Socket>()
  const slowly = (count: (bytes: number) => void): Transform =>
    new Transform({
      highWaterMark: 64 << 10,
      transform(chunk: Buffer, _, done) {
        count(chunk.length)
        setTimeout(() => done(null, chunk), (chunk.length / rate) * 1000)
      },
    })
  const server = net.createServer({ allowHalfOpen: true }, near => {
    const far = net.connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => sockets.delete(one))
    }
    near.pipe(slowly(bytes => (sent += bytes))).pipe(far)
    far.pipe(slowly(() => {})).pipe(near)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    sent: () => sent,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
