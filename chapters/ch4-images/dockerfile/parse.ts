/**
 * A Dockerfile's text → instructions, each with the lines that it stands on. What an instruction means is no question here.
 *
 * Order matters: parser directives come before everything else, as `# escape=` changes how a line goes on; lines are joined
 * before heredocs are looked for, as `RUN cat <<EOF && \` may go on below; a heredoc's body is taken as it is, so that what looks
 * like a comment or an instruction in it is neither.
 *
 * Source: docs.docker.com/reference/dockerfile ("Format", "Parser directives", "Here-documents").
 */

import { type Heredoc, heredocsIn } from './heredoc.js'
import { failAt, type Place, type Source } from './place.js'

export type Escape = '\\' | '`'

export interface RawInstruction {
  /** In capitals. */
  readonly keyword: string
  /** What follows it: lines joined, comments between them gone. */
  readonly rest: string
  readonly heredocs: readonly Heredoc[]
  /** The first and the last line, counted from 1; a heredoc's end belongs to it. */
  readonly line: number
  readonly end: number
}

export interface Dockerfile {
  readonly source: Source
  readonly escape: Escape
  /** Of `# syntax=`: it is read and not followed, as we are the only frontend. */
  readonly syntax: string | null
  readonly instructions: readonly RawInstruction[]
}

/** Instructions whose words may begin a heredoc; ONBUILD holds one of them. */
const takesHeredoc = /^(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s/i
const isComment = (line: string): boolean => /^\s*#/.test(line)
const isBlank = (line: string): boolean => line.trim() === ''

/**
 * @param file its name, for errors
 * @throws DockerfileError InvalidArgument
 */
export function parseDockerfile(text: string, file = 'Dockerfile'): Dockerfile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const source: Source = { file, lines }
  const { escape, syntax, next } = directivesOf(source)
  const instructions: RawInstruction[] = []
  let at = next
  while (at < lines.length) {
    const first = lines[at]!
    if (isBlank(first) || isComment(first)) at++
    else {
      const { text, next } = joinLines(lines, at, escape)
      const instruction = takeInstruction(source, text, { line: at + 1, end: next })
      if (instruction !== null) instructions.push(instruction)
      at = instruction?.end ?? next
    }
  }
  if (instructions.length === 0) failAt(source, { line: 1, end: 1 }, 'there is no instruction in it', 'FROM scratch')
  return { source, escape, syntax, instructions }
}

/** `# name=value` lines at the very top, until a line that is none. */
function directivesOf(source: Source): { escape: Escape; syntax: string | null; next: number } {
  const said = new Map<string, string>()
  let next = 0
  for (const line of source.lines) {
    const [, name, value] = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined) break
    const key = name.toLowerCase()
    if (!['escape', 'syntax', 'check'].includes(key)) break // a comment, and what follows it is no directive any more
    const place = { line: next + 1, end: next + 1 }
    if (said.has(key)) failAt(source, place, `directive '${key}' is said twice`)
    if (key === 'escape' && value !== '\\' && value !== '`') {
      failAt(source, place, `'${value}' cannot be the escape character`, '# escape=\\ or # escape=`')
    }
    said.set(key, value)
    next++
  }
  return { escape: (said.get('escape') ?? '\\') as Escape, syntax: said.get('syntax') ?? null, next }
}

/** @returns null for a line that only goes on, and to nothing */
function takeInstruction(source: Source, text: string, place: Place): RawInstruction | null {
  const [, keyword, rest] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(text) ?? []
  if (keyword === undefined || rest === undefined) return null
  const heredocs: Heredoc[] = []
  let at = place.end
  const opened = takesHeredoc.test(`${keyword} ${rest}`) ? heredocsIn(rest) : []
  for (const heredoc of opened) {
    const { name, stripTabs } = heredoc
    const body: string[] = []
    for (;;) {
      const line = source.lines[at++]
      if (line === undefined) return failAt(source, place, `heredoc '${name}' has no end`, `a line that says ${name}`)
      if ((stripTabs ? line.replace(/^\t+/, '') : line) === name) break
      body.push(line)
    }
    heredocs.push({ ...heredoc, body: body.map(line => `${line}\n`).join('') })
  }
  return { keyword: keyword.toUpperCase(), rest, heredocs, line: place.line, end: at }
}

/** A line goes on below when it ends in one escape character (two are one that is meant); blanks may follow it. */
function joinLines(lines: readonly string[], start: number, escape: Escape): { text: string; next: number } {
  const goesOn = escape === '\\' ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/
  let text = ''
  let next = start
  while (next < lines.length) {
    const line = lines[next++]!
    // comments and empty lines in between do not end it
    if (next - 1 > start && (isComment(line) || isBlank(line))) continue
    if (!goesOn.test(line)) return { text: text + line, next }
    text += line.replace(goesOn, '$1')
  }
  return { text, next }
}
