/** What a build finds in the cache with the keys of ch4/cache-key. */

import * as fs from 'node:fs'
import type { Failure } from '#labs/runner/grade/grader'
import type { Room } from '#labs/runner/room/room'
import { said } from '../black-box/view.js'
import { differ } from '../support/answers.js'
import { build, contextOf, importImage, runImage } from '../support/room-images.js'

const cached = (log: string): number => [...log.matchAll(/^#\d+ CACHED$/gm)].length

const twoFiles = (room: Room): string =>
  contextOf(room, {
    Dockerfile: 'FROM scratch\nCOPY a /a\nCOPY b /b\n',
    a: room.nonce(),
    b: room.nonce(),
  })

export function findsWhatItKnows(room: Room): Failure | null {
  const context = twoFiles(room)
  const first = build(room, 'first', context)
  if (cached(first.stderr) !== 0)
    return differ('what was never built is not in the cache', `${cached(first.stderr)} CACHED`)
  for (const name of ['a', 'b']) fs.utimesSync(`${context}/${name}`, 1_000_000_000, 1_000_000_000)
  const second = build(room, 'second', context)
  return cached(second.stderr) === 2
    ? null
    : differ('both steps are CACHED when the files were touched', `${cached(second.stderr)} are`)
}

export function noticesContent(room: Room): Failure | null {
  const base = `base-${room.nonce()}`
  importImage(room, base)
  const context = contextOf(room, {
    Dockerfile: `FROM ${base}\nCOPY a /a\nCOPY b /b\n`,
    a: room.nonce(),
    b: room.nonce(),
  })
  build(room, 'first', context)
  const word = room.nonce() // as long as the one before
  fs.writeFileSync(`${context}/b`, word)
  const second = build(room, 'second', context)
  const ran = runImage(room, 'second', 'cat /b')
  if (ran.stdout !== word) return differ('the image has what the file holds now', said(ran))
  return cached(second.stderr) === 1
    ? null
    : differ('the step before is CACHED, and no other', `${cached(second.stderr)} are`)
}

export function noticesTheBase(room: Room): Failure | null {
  const words = [room.nonce(), room.nonce()] as const
  for (const word of words) {
    importImage(room, `base-${word}`, { '/which': word })
    build(room, `top-${word}`, contextOf(room, { Dockerfile: `FROM base-${word}\nRUN cp /which /copy\n` }))
  }
  for (const word of words) {
    const ran = runImage(room, `top-${word}`, 'cat /copy')
    if (ran.stdout !== word) return differ('RUN cp has copied the file of its own base', said(ran))
  }
  return null
}
