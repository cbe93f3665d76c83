/** How long a file takes through the cable of ch3/bandwidth: the room is at one end, the container at the other. */

import { randomInt } from 'node:crypto'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatAddress, gatewayOf, parseSubnet } from '#chapters/ch2-namespaces/network/ipv4'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { leaseOf } from '../ch2/bridge-effects.js'
import { begin } from '../support/while-it-runs.js'

const PORT = 8000
/** What a program can be given as one argument: MAX_ARG_STRLEN of linux/binfmts.h. */
const BYTES = 120_000
const BURST = 16 * 1024

/** Without a limit it would be a matter of milliseconds. */
export async function takesItsTime(room: Room, way: 'in' | 'out'): Promise<Failure | null> {
  const rate = randomInt(8, 14) * 100_000
  const rootfs = room.rootfs({ '/file': 'x'.repeat(BYTES) })
  const script =
    way === 'in'
      ? `echo here; until test -s /go; do sleep 0.02; done; inside fetch $(cat /go) ${PORT} | wc -c`
      : `inside serve ${PORT} "$(cat /file)"; until test -s /go; do sleep 0.02; done` // with it ends its network
  const flags = ['--net', 'bridge', `--net-rate-${way}`, `${rate}bit`, `--net-burst-${way}`, `${BURST}b`]
  const container = await begin(room, ['--rootfs', rootfs, ...flags, '--', 'sh', '-c', script], 'ch3')
  const { address, subnet } = leaseOf(container)
  const seconds =
    way === 'in'
      ? await serve(() => fs.writeFileSync(`${rootfs}/go`, formatAddress(gatewayOf(parseSubnet(subnet)!))))
      : await fetch(address)
  fs.writeFileSync(`${rootfs}/go`, 'enough')
  const ran = await container.ended
  if (ran.code !== 0) return { expected: `${BYTES} bytes go ${way}`, found: said(ran) }
  const should = ((BYTES - BURST) * 8) / rate
  return seconds > 0.7 * should && seconds < 2 * should + 0.5
    ? null
    : {
        expected: `${BYTES} bytes go ${way} at ${rate} bits a second: ${should.toFixed(2)} s`,
        found: `it took ${seconds.toFixed(2)} s`,
      }
}

/** From the first byte until the other end has all. */
function serve(ready: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(socket => {
      const start = performance.now()
      socket.on('error', reject)
      socket.on('close', () => {
        server.close()
        resolve((performance.now() - start) / 1000)
      })
      socket.end('x'.repeat(BYTES))
    })
    server.on('error', reject)
    server.listen(PORT, ready)
    void giveUp(reject)
  })
}

function fetch(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    let bytes = 0
    const socket = net.connect(PORT, address)
    socket.on('data', data => (bytes += data.length))
    socket.on('error', reject)
    socket.on('close', () => {
      if (bytes === BYTES) resolve((performance.now() - start) / 1000)
      else reject(new Error(`${bytes} of ${BYTES} bytes came out`))
    })
    void giveUp(reject)
  })
}

async function giveUp(reject: (error: Error) => void): Promise<void> {
  await sleep(10_000, undefined, { ref: false })
  reject(new Error('nothing came through in 10 s'))
}
