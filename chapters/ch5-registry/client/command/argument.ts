/** What the client's commands take, read from words. */

import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import { parseReference } from '../../reference/parse.js'
import type { Reference } from '../../reference/read.js'

/** The one reference. @throws MiniDockerError InvalidArgument */
export function oneReference(command: string, [text, ...more]: readonly string[]): Reference {
  if (text !== undefined && more.length === 0) return parseReference(text)
  return fail('InvalidArgument', {
    what: command,
    why: text === undefined ? 'needs an image' : 'takes one image',
    hint: `mini-docker ${command} [HOST[:PORT]/]NAME[:TAG]`,
  })
}

/** @throws MiniDockerError InvalidArgument */
export function countOf(flags: Flags, name: string, usual: number): number {
  const text = flags.one(name)
  if (text === undefined) return usual
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  return fail('InvalidArgument', { what: `--${name} ${text}`, why: 'is not 1 to 999' })
}
