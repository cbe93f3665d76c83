/** --log: what engines read. They take the last line of level error, and look in it for the words of strerror(3). */

import * as fs from 'node:fs'
import { getSystemErrorMap } from 'node:util'
import { errnoOf } from '#core/errors'

export interface Log {
  /** None: to stderr. */
  readonly file?: string
  readonly json: boolean
}

export function log({ file, json }: Log, level: 'error' | 'warning', message: string): void {
  if (file === undefined) {
    if (level === 'warning') process.stderr.write(`mini-runc: ${message}\n`)
    return
  }
  const time = new Date().toISOString()
  const line = json
    ? JSON.stringify({ level, msg: message, time })
    : `time="${time}" level=${level} msg=${JSON.stringify(message)}`
  try {
    fs.appendFileSync(file, `${line}\n`)
  } catch (error) {
    process.stderr.write(`mini-runc: log '${file}': ${errnoOf(error) ?? 'EIO'}\n`)
  }
}

/** `ENOENT` → `ENOENT: no such file or directory`: docker run exits with 126 or 127 for what it finds in these words. */
export function inWords(message: string): string {
  const names = new Map(getSystemErrorMap().values())
  return message.replace(/(?<=: )E[A-Z0-9]+$/, name => (names.has(name) ? `${name}: ${names.get(name)}` : name))
}
