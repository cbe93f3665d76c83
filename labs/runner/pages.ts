/** What is read of a lab's pages: the goal of task.md, the hints of hints.md. */

import * as fs from 'node:fs'
import type { Lab } from '#labs/index'
import { hintsOf } from './hints.js'
import { labDirectory } from './places.js'

const read = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')
export const taskPath = (lab: Lab): string => `${labDirectory(lab)}task.md`

/** The paragraph below the title. */
export function goalOf(lab: Lab): string {
  const [, text = ''] = /^# .*\n+([\s\S]*?)(?=\n## |$(?![\s\S]))/m.exec(read(taskPath(lab))) ?? []
  return text
    .split(/\n\s*\n/)[0]!
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
}

/** `1`, `2`, `3` of those that rise, or the id of the check that it belongs to. */
export interface Hint {
  readonly key: string
  readonly text: string
}

export function hintsFor(lab: Lab): Hint[] {
  const { rising, byCheck } = hintsOf(read(`${labDirectory(lab)}hints.md`))
  return [
    ...rising.map((text, i) => ({ key: String(i + 1), text })),
    ...[...byCheck].map(([key, text]) => ({ key, text })),
  ]
}

export const isRising = ({ key }: Hint): boolean => /^\d+$/.test(key)

/**
 * The hint to be shown next: that of the check that failed, if it was not seen; else the next of the rising ones.
 * @returns null when all that apply were seen
 */
export function nextHint(hints: readonly Hint[], seen: readonly string[], failed: string | undefined): Hint | null {
  const fresh = hints.filter(({ key }) => !seen.includes(key))
  return fresh.find(({ key }) => key === failed) ?? fresh.find(isRising) ?? null
}
