/** Rows of text under each other, and a screen that is drawn over itself. Pure. */

/** What a program calls itself may hold anything: no word of it reaches the terminal as an order. */
export const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')

const GAP = '   '

/** Each column as wide as its widest cell, the last one as it comes. */
export function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heading, ...rows]
  const widths = heading.map((_, i) => Math.max(...all.map(row => (row[i] ?? '').length)))
  return all.map(row =>
    row
      .map((cell, i) => plain(cell).padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

export interface Screen {
  readonly columns: number
  readonly rows: number
}

/**
 * Draws over the frame before: up to its first line, each line anew to its end, and away with what is below. What was on
 * the screen before the first frame stays. A line that wraps would be counted wrong, so it is cut; so is a table longer than
 * the screen, whose first line could not be gone back to. Source: console_codes(4), CUU, EL, ED.
 * @returns what to write, and how many lines the next frame goes up
 */
export function redraw(lines: readonly string[], before: number, { columns, rows }: Screen) {
  const shown = lines.slice(0, Math.max(1, rows - 1)).map(line => line.slice(0, Math.max(1, columns)))
  const up = before > 0 ? `\x1b[${before}A` : ''
  return { text: `${up}\r${shown.map(line => `${line}\x1b[K\n`).join('')}\x1b[J`, height: shown.length }
}
