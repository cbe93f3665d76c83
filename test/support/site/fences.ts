/** Code on pages: short, or taken from where it runs. */

import { parsePage } from './markdown.js'

const LIMIT = 6
/** What a recorder writes: `recorded=ch1-run` names the recording, whose own test sees that it is still true. */
const recordable = /^(sh|console|text)\b.*\brecorded=[\w-]+/

/** As `line: what is wrong`. */
export const copiedByHand = (source: string): string[] =>
  parsePage(source).fences.flatMap(({ info, lines, at }) =>
    lines.length <= LIMIT || recordable.test(info)
      ? []
      : [`${at}: ${info.split(' ')[0] || 'code'} of ${lines.length} lines: show a region of a source instead`],
  )

/** Sources that a component takes in as text, which no region bounds. */
export const wholeFiles = (source: string): string[] =>
  [...source.matchAll(/['"]([^'"]+\.(?:ts|c|h)\?raw)['"]/g)].map(([, file]) => file!)
