/** The text of a document: whether it is JSON, and what a parser hides. */

import { below } from '#core/spec/schema'
import type { Found, Rule } from './rule.js'

/** A document with its text. */
export interface Written {
  readonly text: string
  /** undefined where the text is no JSON. */
  readonly json: unknown
}

export function written(text: string): Written {
  try {
    return { text, json: JSON.parse(text) }
  } catch {
    return { text, json: undefined }
  }
}

export const textRules: readonly Rule<Written>[] = [
  {
    id: 'json',
    level: 'MUST',
    section: 'rfc8259',
    rule: 'MUST be JSON',
    *check({ text }) {
      try {
        JSON.parse(text)
      } catch (error) {
        yield { at: '', detail: (error as Error).message }
      }
    },
  },
  {
    id: 'json-key-twice',
    level: 'SHOULD',
    section: 'rfc8259#section-4',
    rule: 'SHOULD NOT be there again: which of them counts is for each parser to say',
    check: ({ text, json }) => (json === undefined ? [] : keysTwice(text)),
  },
]

type Frame = { readonly keys: Set<string> | null; at: string; key: string; index: number }

/** Keys that an object has more than once. @param text is JSON */
function* keysTwice(text: string): Generator<Found> {
  const frames: Frame[] = []
  let isKey = false
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    const top = frames.at(-1)
    if (token === '{' || token === '[') {
      frames.push({
        keys: token === '{' ? new Set() : null,
        at: top === undefined ? '' : placeOf(top),
        key: '',
        index: 0,
      })
      isKey = token === '{'
    } else if (token === '}' || token === ']') {
      frames.pop()
      isKey = false
    } else if (token === ',' && top !== undefined) {
      top.index++
      isKey = top.keys !== null
    } else if (token === ':') isKey = false
    else if (isKey && top?.keys != null) {
      top.key = JSON.parse(token) as string
      if (top.keys.has(top.key)) yield { at: placeOf(top) }
      top.keys.add(top.key)
    }
  }
}

const placeOf = ({ keys, at, key, index }: Frame): string => (keys === null ? `${at}[${index}]` : below(at, key))
