/**
 * How far long work is, on stderr: stdout may be what it makes. On a terminal a line for each part of it, drawn over itself,
 * as docker has it: `1f2e3d4c5b6a: Loading layer [=====>     ] 12MB/30MB`. Elsewhere one line for each part that is done.
 */

import * as tty from 'node:tty'
import { humanSize } from './human-size.js'
import { err } from './print.js'

/** One part of the work. */
export interface Part {
  /** Bytes so far. */
  at(bytes: number): void
  /** Something else is done with it from here on: `Extracting`. @param total bytes, null while nobody knows */
  turn(doing: string, total: number | null): void
  /** @param words what it is now: `Loaded` */
  done(words: string): void
}

export interface Progress {
  /**
   * @param id what it is called, `1f2e3d4c5b6a`
   * @param doing `Loading layer`
   * @param total bytes, null while nobody knows
   */
  begin(id: string, doing: string, total: number | null): Part
  /** No more comes: what is on the screen stays. Idempotent. */
  end(): void
}

/** @param quiet shows nothing at all */
export function openProgress(quiet: boolean): Progress {
  if (quiet) return silent
  return tty.isatty(2) ? new Bars() : plain
}

const nothing: Part = { at: () => undefined, turn: () => undefined, done: () => undefined }
const silent: Progress = { begin: () => nothing, end: () => undefined }

const plain: Progress = {
  begin: id => ({ ...nothing, done: words => void err(`${shown(id)}: ${shown(words)}\n`) }),
  end: () => undefined,
}

/** Names come from archives: no word of them reaches the terminal as an order. */
const shown = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')

const EVERY_MS = 100
const BAR = 50

interface Line {
  readonly id: string
  doing: string
  bytes: number
  total: number | null
  isDone: boolean
}

class Bars implements Progress {
  readonly #lines: Line[] = []
  #height = 0
  #last = 0

  begin(id: string, doing: string, total: number | null): Part {
    const line: Line = { id: shown(id), doing: shown(doing), bytes: 0, total, isDone: false }
    this.#lines.push(line)
    this.#draw(true)
    return {
      at: bytes => {
        line.bytes = bytes
        this.#draw(false)
      },
      turn: (words, total) => {
        Object.assign(line, { doing: shown(words), bytes: 0, total })
        this.#draw(true)
      },
      done: words => {
        line.doing = shown(words)
        line.isDone = true
        this.#draw(true)
      },
    }
  }

  end(): void {
    if (this.#lines.length > 0) this.#draw(true)
    this.#lines.length = 0
    this.#height = 0
  }

  /** Up to the first line of the frame before, each line anew to its end. What left the screen at its top cannot be gone back to. */
  #draw(now: boolean): void {
    const time = Date.now()
    if (!now && time - this.#last < EVERY_MS) return
    this.#last = time
    const { columns = 80, rows = 24 } = process.stderr
    const lines = this.#lines.slice(-Math.max(1, rows - 1)).map(line => textOf(line, columns))
    const up = this.#height > 0 ? `\x1b[${this.#height}A` : ''
    err(`${up}\r${lines.map(line => `${line}\x1b[K\n`).join('')}\x1b[J`)
    this.#height = lines.length
  }
}

/** No wider than the screen: a line that wraps would be counted as one. */
export function textOf({ id, doing, bytes, total, isDone }: Line, columns: number): string {
  const head = `${id}: ${doing}`
  if (isDone) return head.slice(0, columns - 1)
  const sizes = total === null ? humanSize(bytes) : `${humanSize(bytes)}/${humanSize(total)}`
  const room = Math.min(BAR, columns - head.length - sizes.length - 6)
  if (total === null || room < 5) return `${head} ${sizes}`.slice(0, columns - 1)
  const filled = total === 0 ? room : Math.min(room, Math.floor((bytes / total) * room))
  const bar = filled === 0 ? '' : `${'='.repeat(filled - 1)}>`
  return `${head} [${bar.padEnd(room)}] ${sizes}`
}
