/** The exec form, `["a", "b"]`, and the shell form, which is everything else. */

import { fail } from '#core/errors'
import type { CommandLine } from './instruction.js'

/** null: no JSON list, and so a line for the shell. @throws MiniDockerError when it is a list of something but strings */
export function jsonList(text: string): string[] | null {
  if (!text.startsWith('[')) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null // `[ -f x ] && …` is a shell's
  }
  if (Array.isArray(value) && value.every(one => typeof one === 'string')) return value
  return fail('InvalidArgument', { what: `'${text}'`, why: 'a JSON list may hold only strings', hint: '["a", "b"]' })
}

export function readCommand(text: string): CommandLine {
  const args = jsonList(text)
  return args === null ? { form: 'shell', line: text } : { form: 'exec', args }
}

export const wordsOrList = (text: string): string[] => jsonList(text) ?? text.split(/\s+/).filter(word => word !== '')
