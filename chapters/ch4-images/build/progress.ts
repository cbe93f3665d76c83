/** What a build says while it goes on: which step begins, what it writes, how it ended. Who shows it: plain, tty, quiet. */

export interface StepShown {
  /** Counted from 1, in the order of their beginning. */
  readonly number: number
  /** `[build 2/5] RUN make` */
  readonly title: string
}

export type StepEnd =
  | { readonly kind: 'done'; readonly ms: number }
  | { readonly kind: 'cached' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'canceled' }

export interface Progress {
  begin(title: string): StepShown
  output(step: StepShown, chunk: Buffer): void
  end(step: StepShown, end: StepEnd): void
  /** After the last step, before anything else is said. */
  close(): void
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`

export function endText(end: StepEnd): string {
  switch (end.kind) {
    case 'done':
      return `DONE ${seconds(end.ms)}`
    case 'cached':
      return 'CACHED'
    case 'failed':
      return `ERROR: ${end.why}`
    case 'canceled':
      return 'CANCELED'
  }
}

/** Each chunk cut into lines; what has no end yet waits for it. */
export class Lines {
  #rest = ''
  readonly #decoder = new TextDecoder()

  push(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = lines.pop()!
    return lines.map(clean)
  }

  /** What is left when no more comes. */
  end(): string[] {
    const rest = clean(this.#rest)
    this.#rest = ''
    return rest === '' ? [] : [rest]
  }
}

/** Of a line that was written over itself, what is left to see; and nothing that a terminal would obey. */
const clean = (line: string): string =>
  line
    .replace(/\r+$/, '')
    .replace(/^.*\r/, '')
    // biome-ignore lint/complexity/useRegexLiterals: control characters, spelt
    .replace(new RegExp('\\u001b\\[[0-9;?]*[A-Za-z]|[\\u0000-\\u0008\\u000b-\\u001f\\u007f]', 'g'), '')
