/** Answers as they come out of the sandbox: an attempt can write whatever it likes there. */

import type { Answer } from './sandboxed.js'

/** Enough for whoever reads it. */
const LONGEST = 1000

/** JSON leaves out what it has no word for: a value that is not there was undefined, or a function. */
export function asAnswer(said: unknown): Answer {
  if (typeof said !== 'object' || said === null) throw new Error('this is no answer')
  const { missing, fault, value } = said as Readonly<Record<string, unknown>>
  if (missing === true) return { missing }
  if (fault === undefined) return { value }
  const { name, message, stack, class: errorClass } = Object(fault) as Readonly<Record<string, unknown>>
  const thrown = { name: text(name), message: text(message), stack: text(stack) }
  return { fault: typeof errorClass === 'string' ? { ...thrown, class: text(errorClass) } : thrown }
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST) : '')
