/** Here-documents: which words of an instruction begin one. Source: docs.docker.com/reference/dockerfile "Here-documents". */

import { splitWords, unquote } from './words.js'

export interface Heredoc {
  readonly name: string
  /** The word that begins it: `<<EOF`, `3<<-"EOF"`. */
  readonly word: string
  /** No part of its name is quoted: variables in it are expanded (COPY and ADD; for RUN that is the shell's business). */
  readonly expands: boolean
  /** `<<-`: tabs at the beginning of its lines do not count. */
  readonly stripTabs: boolean
  /** With a newline at the end of each line. */
  readonly body: string
}

/** In the order in which their bodies follow. Words in quotes, `<<<` and `a<<b` are none. */
export function heredocsIn(text: string): Heredoc[] {
  // the escape character of a shell: `# escape=` says how lines go on, not how a shell reads
  return (splitWords(text, '\\') ?? []).flatMap(word => {
    const heredoc = heredocOf(word)
    return heredoc === null ? [] : [heredoc]
  })
}

/** null when the word is none. */
export function heredocOf(word: string): Heredoc | null {
  const [, dash, said] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? []
  if (said === undefined || splitWords(said, '\\')?.length !== 1) return null
  const name = unquote(said, '\\')
  return name === '' ? null : { name, word, expands: name === said, stripTabs: dash === '-', body: '' }
}

/** What it holds, as it is meant. */
export const textOf = ({ body, stripTabs }: Heredoc): string => (stripTabs ? body.replace(/^\t+/gm, '') : body)
