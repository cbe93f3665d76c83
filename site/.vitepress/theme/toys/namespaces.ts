/** Which print belongs to a choice of namespaces: looked up, never made up. */

// cspell:words userns boottime

import { type NamespaceData, type Print, type Toggle, toggles } from './namespace-data.js'

export type Choice = ReadonlySet<Toggle>

export const keyOf = (on: Choice, of: readonly Toggle[] = toggles): string =>
  of.filter(toggle => on.has(toggle)).join('+')

export interface Shown {
  readonly typed: string
  readonly text: string
  /** The namespaces that make a difference to any line of it. */
  readonly depends: readonly Toggle[]
}

const textOf = ({ texts }: NamespaceData, { depends, outputs }: Print, on: Choice): string =>
  texts[outputs[keyOf(on, depends)]!]!

/** What each command prints, its pieces joined. */
export function printsOf(data: NamespaceData, on: Choice): Shown[] {
  const typed = [...new Set(data.prints.map(print => print.typed))]
  return typed.map(command => {
    const pieces = data.prints.filter(print => print.typed === command)
    const lines = pieces.map(piece => textOf(data, piece, on)).filter(text => text !== '')
    const depends = toggles.filter(toggle => pieces.some(piece => piece.depends.includes(toggle)))
    return { typed: command, text: [...new Set(lines)].join('\n'), depends }
  })
}

/** The flags of `mini-docker ch2 run` that make such a container. */
export function flagsOf(on: Choice): string[] {
  const without = (['mount', 'pid', 'uts', 'ipc', 'cgroup', 'time'] as const).filter(toggle => !on.has(toggle))
  return [
    ...without.map(toggle => `--no-${toggle}`),
    ...(on.has('network') ? [] : ['--net host']),
    ...(on.has('user') ? ['--userns'] : []),
    ...(on.has('time') ? ['--boottime 86400'] : []),
  ]
}

export const commandOf = (on: Choice): string => ['mini-docker ch2 run --name box', ...flagsOf(on)].join(' ')

/** Which lines of a print are not in another: by their text, each as often as it stands there. */
export function newLines(before: string, after: string): ReadonlySet<number> {
  const left = before.split('\n')
  const fresh = new Set<number>()
  after.split('\n').forEach((line, i) => {
    const at = left.indexOf(line)
    if (at === -1) fresh.add(i)
    else left.splice(at, 1)
  })
  return fresh
}
