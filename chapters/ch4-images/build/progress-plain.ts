/** A line for each thing that happens, numbered by its step: for logs and pipes. */

import { err } from '#core/cli/print'
import { endText, Lines, type Progress, type StepEnd, type StepShown } from './progress.js'

export class PlainProgress implements Progress {
  #count = 0
  readonly #open = new Map<number, { readonly lines: Lines; readonly start: number }>()

  begin(title: string): StepShown {
    const number = ++this.#count
    this.#open.set(number, { lines: new Lines(), start: performance.now() })
    err(`#${number} ${title}\n`)
    return { number, title }
  }

  output({ number }: StepShown, chunk: Buffer): void {
    this.#say(number, this.#open.get(number)!.lines.push(chunk))
  }

  end({ number }: StepShown, end: StepEnd): void {
    this.#say(number, this.#open.get(number)!.lines.end())
    this.#open.delete(number)
    err(`#${number} ${endText(end)}\n\n`)
  }

  close(): void {}

  #say(number: number, lines: readonly string[]): void {
    const since = ((performance.now() - (this.#open.get(number)?.start ?? 0)) / 1000).toFixed(3)
    for (const line of lines) err(`#${number} ${since} ${line}\n`)
  }
}

export class QuietProgress implements Progress {
  #count = 0

  begin(title: string): StepShown {
    return { number: ++this.#count, title }
  }
  output(): void {}
  end(): void {}
  close(): void {}
}
