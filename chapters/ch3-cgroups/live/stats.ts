/** `ch3 stats`: samples every second, until all that were asked for have ended, or nobody reads. */

import * as tty from 'node:tty'
import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { allRunning, type Container, containerOf, type Machine, machine } from './containers.js'
import { isPaused } from './freezer.js'
import { valueOf } from './kernel-text.js'
import { readOrNull, type Sample, takeSample } from './sample.js'
import { type StatsLine, statsLine } from './stats-line.js'
import { statsHeading, statsRow } from './stats-table.js'
import { redraw, tableOf } from './table.js'

const EVERY_MS = 1000

export async function stats(flags: Flags, names: readonly string[]): Promise<number> {
  const here = await machine()
  const once = flags.on('no-stream')
  const memory = memoryOfMachine()
  const show = flags.on('json') ? asJson : once || !tty.isatty(1) ? asLines(memory) : asScreen(memory)
  // named ones are followed to their end, and no later one of the same name; else whoever runs
  const named = names.length === 0 ? null : names.map(who => containerOf(here, who))
  let before = samplesOf(named ?? allRunning(here))
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, EVERY_MS))
    const now = samplesOf(named === null ? allRunning(here) : named.filter(container => isStill(here, container)))
    const lines = [...now].flatMap(([key, { container, sample }]) => {
      const earlier = before.get(key)
      return earlier === undefined ? [] : [statsLine(earlier.sample, sample, subject(container, memory))]
    })
    const isRead = show(lines)
    if (once || !isRead || (named !== null && now.size === 0)) return 0
    before = now
  }
}

type Samples = ReadonlyMap<string, { readonly container: Container; readonly sample: Sample }>

/** By its init, which is never the same again: one that began anew under the same name has no sample before. */
const samplesOf = (containers: readonly Container[]): Samples =>
  new Map(
    containers.flatMap(container => {
      const { init, directories } = container
      const sample = takeSample(directories, init.pid)
      return sample === null ? [] : [[`${init.pid} ${init.startTime}`, { container, sample }]]
    }),
  )

const isStill = (here: Machine, { record }: Container): boolean =>
  allRunning(here).some(now => now.record.created === record.created && now.record.id === record.id)

const subject = ({ name, init, directories }: Container, memory: number | null) => ({
  name,
  pid: init.pid,
  paused: isPaused(directories),
  time: Date.now(),
  machine: memory,
})

/** proc_meminfo(5), in KiB. */
function memoryOfMachine(): number | null {
  const text = readOrNull('/proc/meminfo')?.replace(/:\s+/g, ' ').replace(/ kB$/gm, '') ?? null
  const kib = valueOf(text, 'MemTotal')
  return kib === null ? null : kib * 1024
}

/** @returns whether somebody still reads */
type Show = (lines: readonly StatsLine[]) => boolean

const asJson: Show = lines => out(lines.map(line => `${JSON.stringify(line)}\n`).join(''))

/** For a pipe: a heading once, and rows as they come. */
function asLines(memory: number | null): Show {
  let begun = false
  return lines => {
    const table = tableOf(
      statsHeading,
      lines.map(line => statsRow(line, memory)),
    )
    const shown = begun ? table.slice(1) : table
    begun = true
    return out(shown.map(line => `${line}\n`).join(''))
  }
}

function asScreen(memory: number | null): Show {
  let height = 0
  return lines => {
    const table = tableOf(
      statsHeading,
      lines.map(line => statsRow(line, memory)),
    )
    const { columns = 80, rows = 24 } = process.stdout
    const frame = redraw(table, height, { columns, rows })
    height = frame.height
    return out(frame.text)
  }
}
