/** From what a terminal showed to a cast: asciinema v2, and beside it what a page says without a player. */

import type { CastAbout } from '../../../site/.vitepress/theme/casts/about.js'
import type { Session } from './sessions.js'

export interface Shot {
  /** null: the first prompt. */
  readonly typed: string | null
  /** All that the terminal showed for it, up to and with the next prompt. */
  readonly shown: string
}

const key = 0.045
const latency = 0.3
const defaultRest = 1.2
const defaultPace = 0.03

/** Like a hand, and the same each time. */
const hesitation = (i: number, char: string): number => key * (1 + ((i * 7) % 5) / 5) + (char === ' ' ? key : 0)

export function layOut(
  session: Session,
  shots: readonly Shot[],
  size: { readonly rows: number; readonly columns: number },
): { readonly cast: string; readonly about: string } {
  const events: (readonly [number, 'o' | 'm', string])[] = []
  const markers: CastAbout['markers'][number][] = []
  let at = 0.2
  const emit = (text: string): void => {
    if (text !== '') events.push([round(at), 'o', text])
  }
  shots.forEach(({ typed, shown }, i) => {
    if (typed === null) {
      emit(shown)
      return
    }
    const { marker, rest = defaultRest, pace = defaultPace } = session.typed[i - 1]!
    at += 0.6
    if (marker !== undefined) {
      events.push([round(at), 'm', marker.en])
      markers.push([round(at), marker])
    }
    ;[...typed].forEach((char, k) => {
      at += hesitation(k, char)
      emit(char)
    })
    at += latency
    const echo = shown.indexOf('\n') + 1
    emit('\r\n')
    at += latency
    for (const line of shown.slice(echo).match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      emit(line)
      at += pace
    }
    at += rest
  })
  const header = {
    version: 2,
    width: size.columns,
    height: size.rows,
    title: session.title.en,
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh' },
  }
  const about: CastAbout = {
    version: 1,
    title: session.title,
    seconds: Math.ceil(at),
    columns: size.columns,
    rows: size.rows,
    markers,
    text: plain(shots.map(({ shown }) => shown).join('')),
  }
  return {
    cast: `${[header, ...events, [round(at), 'o', '']].map(line => JSON.stringify(line)).join('\n')}\n`,
    about: `${JSON.stringify(about, null, 1)}\n`,
  }
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** Without escapes and without the prompt that nothing follows. */
const plain = (text: string): string =>
  text
    .replace(/\x1b\[[\d;?]*[a-zA-Z]/g, '')
    .replace(/\r+\n/g, '\n')
    .replace(/\n\$ $/, '\n')
    .replace(/ +$/gm, '')
    .trimEnd()
