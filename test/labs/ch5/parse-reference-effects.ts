/** What a registry is asked for by a pull with ch5/parse-reference in it. */

import { randomBytes } from 'node:crypto'
import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { ended } from '../support/room-registry.js'

/** A registry that has nothing, and remembers what it was asked for. */
async function listening<T>(use: (host: string, asked: readonly string[]) => Promise<T>): Promise<T> {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, asked)
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

export const asksForIt = (room: Room): Promise<Failure | null> =>
  listening(async (host, asked) => {
    const [team, app, tag] = [room.nonce(), room.nonce(), room.nonce()]
    const digest = `sha256:${randomBytes(32).toString('hex')}`
    const wanted = [
      [`${host}/${team}/${app}:${tag}`, `/v2/${team}/${app}/manifests/${tag}`],
      [`${host}/${app}`, `/v2/${app}/manifests/latest`],
      [`${host}/${app}:${tag}@${digest}`, `/v2/${app}/manifests/${digest}`],
    ] as const
    for (const [name, path] of wanted) {
      const before = asked.length
      const ran = await ended(room.begin(['ch5', 'pull', name]))
      if (!asked.slice(before).includes(path)) {
        const instead = asked.slice(before).at(-1)
        return differ(
          `pull ${name} asks for ${path}`,
          instead === undefined ? `nothing was asked for: ${said(ran)}` : `it asks for ${instead}`,
        )
      }
    }
    return null
  })

export const asksNobody = (room: Room): Promise<Failure | null> =>
  listening(async (host, asked) => {
    for (const name of [`${host}/${room.nonce()}/../${room.nonce()}`, `${host}/${room.nonce()}:`, `${host}/A`]) {
      const ran = await ended(room.begin(['ch5', 'pull', name]))
      if (asked.length > 0) return differ(`pull ${name} asks nobody`, `it asks for ${asked[0]}`)
      if (ran.code === 0) return differ(`pull ${name} ends with an error`, 'it ends with 0')
    }
    return null
  })
