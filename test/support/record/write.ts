/** Recorded files: JSON with a line for each step or print, so that a change of one shows as a change of one. */

import * as fs from 'node:fs'
import * as path from 'node:path'

export function writeText(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

/** Arrays and objects down to the second level on lines of their own. */
export function writeData(file: string, data: object): void {
  const entries = Object.entries(data).map(([key, value]) => `${JSON.stringify(key)}: ${lines(value)}`)
  writeText(file, `{\n${entries.join(',\n')}\n}\n`)
}

function lines(value: unknown): string {
  if (Array.isArray(value)) return `[\n${value.map(one => JSON.stringify(one)).join(',\n')}\n]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{\n${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}: ${JSON.stringify(one)}`)
    .join(',\n')}\n}`
}
