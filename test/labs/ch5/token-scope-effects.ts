/** Tokens of a registry with ch5/token-scope in it: what they open there. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { differ } from '../support/answers.js'
import { served } from '../support/room-registry.js'

interface Door {
  readonly name: string
  readonly action: 'pull' | 'push'
}

/** Everybody may pull and push everywhere: what a token does not open, the token's scope alone keeps shut. */
async function withRegistry<T>(room: Room, use: (open: (token: Door, door: Door) => Promise<number>) => Promise<T>) {
  const file = (text: string): string => {
    const path = `${room.scratch}/${room.nonce()}`
    fs.writeFileSync(path, text)
    return path
  }
  const rules = [{ who: ['anonymous'], repositories: ['**'], may: ['pull', 'push'] }]
  const flags = ['--auth', 'token', '--htpasswd', file(''), '--policy', file(JSON.stringify({ rules }))]
  return served(room, flags, url =>
    use(async (granted, door) => {
      const scope = encodeURIComponent(`repository:${granted.name}:${granted.action}`)
      const given = (await (await fetch(`${url}/token?scope=${scope}`)).json()) as { readonly token: string }
      const address = `${url}/v2/${door.name}/${door.action === 'pull' ? 'tags/list' : 'blobs/uploads/'}`
      const method = door.action === 'pull' ? 'GET' : 'POST'
      const answer = await fetch(address, { method, headers: { authorization: `Bearer ${given.token}` } })
      await answer.arrayBuffer()
      return answer.status
    }),
  )
}

export const opensItsOwn = (room: Room): Promise<Failure | null> =>
  withRegistry(room, async open => {
    const name = `team/${room.nonce()}`
    const push = await open({ name, action: 'push' }, { name, action: 'push' })
    if (push !== 202) return differ('a token for push begins an upload: 202', `the registry answers ${push}`)
    const pull = await open({ name, action: 'pull' }, { name, action: 'pull' })
    return pull === 401 ? differ('a token for pull may list tags', 'the registry answers 401') : null
  })

export const opensNothingElse = (room: Room): Promise<Failure | null> =>
  withRegistry(room, async open => {
    const name = `team/${room.nonce()}`
    const doors: readonly Door[] = [
      { name, action: 'push' },
      { name: `${name}/debug`, action: 'pull' },
      { name: `team/${room.nonce()}`, action: 'pull' },
    ]
    for (const door of doors) {
      const status = await open({ name, action: 'pull' }, door)
      if (status !== 401) {
        return differ(
          `${door.action} at ${door.name} is refused to a token for pull at ${name}: 401`,
          `it is ${status}`,
        )
      }
    }
    return null
  })
