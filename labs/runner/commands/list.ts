/** `lab list`: all labs, by chapter. */

import type { ToneLine } from '#core/doctor/lines'
import { readProgress } from '#labs/runner/progress/progress'
import { type Standing, standings, stateMarks } from '#labs/runner/progress/standing'
import { labCommand } from './lab-command.js'

export const list = labCommand({
  name: 'lab list',
  about: 'All labs by chapter: how far each is, its points, its title.',
  usage: '',
  most: 0,
  flags: [{ name: 'json', about: 'as JSON, versioned' }],
  examples: ['lab list', 'lab list --json'],
  async run(flags) {
    const all = standings(readProgress())
    const { printJson, printToned } = await import('#core/cli/print')
    if (flags.on('json')) printJson({ version: 1, labs: all })
    else printToned(listLines(all))
    return 0
  },
})

export function listLines(all: readonly Standing[]): ToneLine[] {
  const chapters = [...new Set(all.map(({ chapter }) => chapter))]
  const width = Math.max(...all.map(({ lab }) => lab.length))
  return chapters.flatMap((chapter, i) => {
    const rows = all.filter(one => one.chapter === chapter).map(one => row(one, width))
    return [...(i === 0 ? [] : [[] as ToneLine]), ...rows]
  })
}

function row({ lab, title, state, points, of, current, changed }: Standing, width: number): ToneLine {
  const [tone, mark] = stateMarks[state]
  const said = `${state}${changed ? ', changed' : ''}`
  return [
    ['plain', current ? '▸ ' : '  '],
    [tone, `${mark} `],
    ['plain', `${lab.padEnd(width)}  `],
    [tone, said.padEnd(20)],
    ['plain', `${of === null ? '' : `${points}/${of}`}`.padEnd(7)],
    ['quiet', title],
  ]
}
