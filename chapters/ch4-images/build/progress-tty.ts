/** The steps as a list that is drawn anew: those that are done in a line, those that run with what they wrote last. */

import { blue, bold, dim, err, red } from '#core/cli/print'
import { Lines, type Progress, type StepEnd, type StepShown } from './progress.js'

interface Row {
  readonly title: string
  readonly start: number
  readonly lines: Lines
  last: string[]
  end: StepEnd | null
}

const FRAME_MS = 100
const LAST_LINES = 6

export class TtyProgress implements Progress {
  readonly #rows: Row[] = []
  readonly #start = performance.now()
  #drawn = 0
  #timer: NodeJS.Timeout | null = null

  begin(title: string): StepShown {
    this.#rows.push({ title, start: performance.now(), lines: new Lines(), last: [], end: null })
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS)
    return { number: this.#rows.length, title }
  }

  output({ number }: StepShown, chunk: Buffer): void {
    const row = this.#rows[number - 1]!
    row.last = [...row.last, ...row.lines.push(chunk)].slice(-LAST_LINES)
  }

  end({ number }: StepShown, end: StepEnd): void {
    this.#rows[number - 1]!.end = end
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#draw()
  }

  #draw(): void {
    const [columns, height] = process.stderr.isTTY ? process.stderr.getWindowSize() : [80, 24]
    const done = this.#rows.filter(({ end }) => end !== null).length
    const total = ((performance.now() - this.#start) / 1000).toFixed(1)
    const lines = [
      bold(`[+] Building ${total}s (${done}/${this.#rows.length})`),
      ...this.#rows.flatMap(row => linesOf(row, columns)),
    ]
    // a terminal cannot go back to what has left its top
    const shown = lines.length < height ? lines : [lines[0]!, ...lines.slice(-(height - 2))]
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`
    err(`${up}${shown.map(line => `\u001b[2K${line}\n`).join('')}\u001b[J`)
    this.#drawn = shown.length
  }
}

function linesOf({ title, start, last, end }: Row, columns: number): string[] {
  const time = end?.kind === 'done' ? end.ms : performance.now() - start
  const right = end === null || end.kind === 'done' ? `${(time / 1000).toFixed(1)}s` : end.kind.toUpperCase()
  const left = ` => ${title}`
  const room = columns - right.length - 1
  const line = `${left.length > room ? `${left.slice(0, room - 1)}…` : left.padEnd(room)} ${right}`
  const colour = end === null ? (text: string) => text : end.kind === 'failed' ? red : blue
  const output = end === null ? last.map(text => dim(` => => # ${text}`.slice(0, columns))) : []
  return [colour(line), ...output]
}
