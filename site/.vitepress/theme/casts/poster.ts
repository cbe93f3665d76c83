/** The poster of a cast: the first screen of its own text, with what was typed told from what was printed. */

export interface PosterLine {
  /** `$ `, or the prompt of the shell inside; empty for what was printed. */
  readonly prompt: string
  readonly text: string
}

const prompt = /^(\$|(?:~|\/\w*) #) /

export const posterLines = (text: string, rows: number): PosterLine[] =>
  text
    .split('\n')
    .slice(0, rows - 1)
    .map(line => {
      const found = prompt.exec(line)?.[0] ?? ''
      return { prompt: found, text: line.slice(found.length) }
    })

/** 75.3 → `1:15` */
export const clockOf = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
