/** `KEY=VALUE …` of ENV, LABEL and ARG; ENV and LABEL have the old form `KEY VALUE`, too. */

import { fail } from '#core/errors'
import type { Pair } from './instruction.js'
import type { Escape } from './parse.js'
import { splitWords } from './words.js'

/** Quotes and escapes are kept: they mean something when variables are expanded. */
export function readPairs(keyword: 'ENV' | 'LABEL', text: string, escape: Escape): Pair[] {
  const words = wordsOf(text, escape)
  const [first] = words
  if (first === undefined) {
    fail('InvalidArgument', { what: keyword, why: 'needs a name and a value', hint: `${keyword} NAME=value` })
  }
  // the first word decides: the old form has one pair, whose value is all the rest
  if (!first!.includes('=')) {
    const [, name, value] = /^(\S+)\s+([\s\S]+)$/.exec(text) ?? []
    if (name === undefined || value === undefined) {
      fail('InvalidArgument', { what: `${keyword} '${text}'`, why: 'has no value', hint: `${keyword} ${text}=value` })
    }
    return [[name!, value!]]
  }
  return words.map(word => {
    const equals = word.indexOf('=')
    if (equals < 0) {
      const hint = `quote a value with blanks: ${keyword} NAME="a b"`
      fail('InvalidArgument', { what: `${keyword} '${word}'`, why: "has no '='", hint })
    }
    if (equals === 0) fail('InvalidArgument', { what: `${keyword} '${word}'`, why: 'has no name' })
    return [word.slice(0, equals), word.slice(equals + 1)]
  })
}

export function readArgs(text: string, escape: Escape): (readonly [string, string | null])[] {
  const words = wordsOf(text, escape)
  if (words.length === 0)
    fail('InvalidArgument', { what: 'ARG', why: 'needs a name', hint: 'ARG NAME or ARG NAME=value' })
  return words.map(word => {
    const equals = word.indexOf('=')
    if (equals === 0) fail('InvalidArgument', { what: `ARG '${word}'`, why: 'has no name' })
    return equals < 0 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)]
  })
}

const wordsOf = (text: string, escape: Escape): string[] =>
  splitWords(text, escape) ?? fail('InvalidArgument', { what: `'${text}'`, why: 'a quote has no end' })
