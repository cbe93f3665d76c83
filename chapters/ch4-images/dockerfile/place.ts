/** Where in a Dockerfile something is wrong: the file, the line, and the line itself among its neighbours. */

import { type ErrorClass, type Failure, MiniDockerError } from '#core/errors'

export interface Source {
  /** Its name as the user said it. */
  readonly file: string
  readonly lines: readonly string[]
}

/** Lines counted from 1, the last one included. */
export interface Place {
  readonly line: number
  readonly end: number
}

export class DockerfileError extends MiniDockerError {
  /** Some lines of the file, the ones that are meant marked. */
  readonly excerpt: string

  constructor(errorClass: ErrorClass, failure: Failure, source: Source, place: Place) {
    super(errorClass, failure)
    this.excerpt = excerptOf(source, place)
  }
}

export function failAt(source: Source, place: Place, why: string, hint?: string): never {
  const what = `${source.file}:${place.line}`
  throw new DockerfileError('InvalidArgument', { what, why, ...(hint === undefined ? {} : { hint }) }, source, place)
}

/** What is thrown inside is said of this place; what says a place already keeps it. */
export function located<T>(source: Source, place: Place, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw locate(error, source, place)
  }
}

export function locate(error: unknown, source: Source, place: Place): unknown {
  if (!(error instanceof MiniDockerError) || error instanceof DockerfileError) return error
  const { hint, exit } = error
  const what = `${source.file}:${place.line}`
  const failure = { what, why: error.message, exit, cause: error, ...(hint === undefined ? {} : { hint }) }
  return new DockerfileError(error.class, failure, source, place)
}

const AROUND = 2

/**
 * ```
 * Dockerfile:7
 *    5 |     COPY . /app
 *    6 |
 *    7 | >>> RUN make
 *    8 |     CMD ["/app/web"]
 * ```
 */
function excerptOf({ file, lines }: Source, { line, end }: Place): string {
  const last = Math.min(lines.length, end + AROUND)
  const width = Math.max(4, String(last).length)
  const rows = [`${file}:${line}`]
  for (let at = Math.max(1, line - AROUND); at <= last; at++) {
    const mark = at >= line && at <= end ? '>>>' : '   '
    rows.push(`${String(at).padStart(width)} | ${mark} ${lines[at - 1] ?? ''}`.trimEnd())
  }
  return `${rows.join('\n')}\n`
}
