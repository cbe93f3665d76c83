/** What CRIU says of its failure: it stands in its log, between hundreds of lines of all that went well. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { Kind } from './messages.js'

const LAST = 3

/** `(00.015) Error (criu/files-reg.c:1710): Can't lookup mount=29` → what it says and where. The last few. */
export function errorsIn(log: string): string[] {
  const said = [...log.matchAll(/Error \(([^)]*)\): (.*)$/gm)].map(([, place, text]) => `${text?.trim()} (${place})`)
  return [...new Set(said)].filter(line => !/^(Dumping|Pre-dumping|Restoring) FAILED/.test(line)).slice(-LAST)
}

/** @param said where the log has nothing */
export function criuFailed(kind: Kind, id: string, log: string, said: string): never {
  let text = ''
  try {
    text = fs.readFileSync(log, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  const errors = errorsIn(text)
  return fail('FailedPrecondition', {
    what: `criu ${kind} of '${id}'`,
    why: errors.length === 0 ? said || 'failed' : errors.join('; '),
    ...(text === '' ? {} : { hint: `log: ${log}` }),
  })
}
