/** How long a page takes: its words, the code that it shows, and for a chapter how much code that is altogether. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { linesByChapter } from './chapter-sources.js'
import { repository } from './labs.js'

export interface Reading {
  readonly minutes: number
  /** Of a chapter's page: lines of code in its folder. */
  readonly lines?: number
}

const WORDS_A_MINUTE = 220
const CHARACTERS_A_MINUTE = 380
/** Code is read more slowly than prose. */
const LINES_A_MINUTE = 25

export function minutesOf(source: string, codeLines: number): number {
  const prose = source
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]+>|^<<<.*$|\]\([^)]*\)|\{#[\w-]+\}/gm, ' ')
  const han = prose.match(/\p{Script=Han}/gu)?.length ?? 0
  const words = prose.match(/[\p{Script=Latin}\d][\p{Script=Latin}\d'_-]*/gu)?.length ?? 0
  const minutes = words / WORDS_A_MINUTE + han / CHARACTERS_A_MINUTE + codeLines / LINES_A_MINUTE
  return Math.max(1, Math.round(minutes))
}

/** Lines of the regions that a page shows. */
function shownLines(page: string, source: string): number {
  const snippets = [...source.matchAll(/^<<<\s+(\S+?)#([\w-]+)/gm)]
  return snippets.reduce((total, [, target = '', region]) => {
    const file = path.resolve(path.dirname(page), target)
    const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : []
    const from = lines.findIndex(line => line.trim().endsWith(`#region ${region}`))
    const to = lines.findIndex(line => line.trim().endsWith(`#endregion ${region}`))
    return total + Math.max(0, to - from - 1)
  }, 0)
}

export function readings(): Record<string, Reading> {
  const site = `${repository}site/`
  const pages = fs
    .readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md') && !name.startsWith('.vitepress') && !name.includes('['))
  const lines = linesByChapter()
  return Object.fromEntries(
    pages.map(page => {
      const source = fs.readFileSync(`${site}${page}`, 'utf8')
      const [, chapter = ''] = /^(?:zh\/)?(ch\d)\.md$/.exec(page) ?? []
      const minutes = minutesOf(source, shownLines(`${site}${page}`, source))
      return [page, { minutes, ...(lines[chapter] === undefined ? {} : { lines: lines[chapter] }) }]
    }),
  )
}
