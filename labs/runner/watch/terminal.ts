/** The terminal of `watch`: single keys in, whole screens out, and given back as it was on every way out. */

import type { ToneLine } from '#core/doctor/lines'
import { wrap } from '#labs/runner/attempt/begin'

const CLEAR = '\x1b[2J\x1b[3J\x1b[H'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

export class Terminal {
  readonly #paint: (lines: readonly ToneLine[]) => string
  #raw = false
  #key: (key: string) => void = () => undefined

  constructor(paint: (lines: readonly ToneLine[]) => string) {
    this.#paint = paint
    process.stdin.setEncoding('utf8')
    process.stdin.on('data', (text: string) => {
      for (const key of text) this.#key(key)
    })
    // an error that nobody foresaw ends at 'exit', too: its stack is to be read on a terminal that works
    process.on('exit', () => this.restore())
    this.#enter()
    process.stdin.resume()
  }

  onKey(key: (key: string) => void): void {
    this.#key = key
  }

  #enter(): void {
    this.#raw = true
    process.stdin.setRawMode(true)
    process.stdout.write(HIDE_CURSOR)
  }

  restore(): void {
    if (!this.#raw) return
    this.#raw = false
    try {
      process.stdin.setRawMode(false)
      process.stdout.write(SHOW_CURSOR)
    } catch {
      // it has hung up
    }
    process.stdin.pause()
  }

  /** ^Z: the shell gets a terminal that works, and we ours back with SIGCONT. */
  suspend(resumed: () => void): void {
    this.restore()
    process.once('SIGCONT', () => {
      this.#enter()
      process.stdin.resume()
      resumed()
    })
    process.kill(process.pid, 'SIGSTOP')
  }

  show(lines: readonly ToneLine[]): void {
    const width = Math.max(20, process.stdout.columns || 80) // some terminals say 0
    process.stdout.write(CLEAR + this.#paint(lines.flatMap(line => folded(line, width))))
  }
}

/** Plain long lines are folded at blanks; what has several tones is left to the terminal. */
function folded(line: ToneLine, width: number): readonly ToneLine[] {
  const [piece] = line
  if (line.length !== 1 || piece![1].length <= width || piece![1].trim() === '') return [line]
  const indent = /^ */.exec(piece![1])![0]
  return wrap(piece![1].trim(), width - indent.length).map((text): ToneLine => [[piece![0], `${indent}${text}`]])
}
