/** The labs as the site shows them: what lies in `labs/chN/<part>/`, zero or more. */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Of this repository, with a slash at its end; this file may run from site/data or from dist/site/data. */
export const repository = findRepository(new URL('./', import.meta.url))

function findRepository(at: URL): string {
  for (let place = at; ; place = new URL('../', place)) {
    if (fs.existsSync(new URL('core/plan/ops.ts', place))) return fileURLToPath(place)
    if (place.pathname === '/') throw new Error(`no repository above ${at.pathname}`)
  }
}

export interface Lab {
  /** `ch1/enter-root` */
  readonly id: string
  readonly chapter: string
  readonly title: string
  /** The whole page, as Markdown. */
  readonly content: string
}

export interface Hint {
  readonly summary: string
  readonly body: string
}

const words = {
  en: {
    begin: 'Begin',
    hints: 'Hints',
    hint: 'Hint',
    back: 'Back to the chapter',
    how: 'How labs work',
    prefix: '',
  },
  zh: {
    begin: '动手',
    hints: '提示',
    hint: '提示',
    back: '回到本章',
    how: '实验怎么做',
    prefix: '/zh',
  },
} as const
export type Language = keyof typeof words

const read = (path: string): string | null => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null)

/** @param root the folder that holds `labs/`. A lab without a task in that language is not there in it. */
export function listLabs(language: Language, root: string = repository): Lab[] {
  const ending = language === 'en' ? '.md' : `.${language}.md`
  const labs = `${root}labs`
  if (!fs.existsSync(labs)) return []
  const chapters = fs
    .readdirSync(labs)
    .filter(name => /^ch\d$/.test(name))
    .sort()
  const ids = chapters.flatMap(chapter => partsOf(`${labs}/${chapter}`).map(part => `${chapter}/${part}`))
  return inOrder(ids, root).flatMap(id => {
    const task = read(`${labs}/${id}/task${ending}`)
    if (task === null) return []
    const hints = parseHints(read(`${labs}/${id}/hints${ending}`) ?? '', words[language].hint)
    return [{ id, chapter: id.slice(0, 3), title: titleOf(task) ?? id, content: pageOf(id, task, hints, language) }]
  })
}

const partsOf = (directory: string): string[] =>
  fs
    .readdirSync(directory, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

/** As labs/index.ts lists them, where it does; else by name. */
function inOrder(ids: readonly string[], root: string): string[] {
  const index = read(`${root}labs/index.ts`) ?? ''
  const place = (id: string): number => {
    const at = index.search(new RegExp(`['"]${id}['"]`))
    return at < 0 ? Number.MAX_SAFE_INTEGER : at
  }
  return ids.toSorted((a, b) => place(a) - place(b) || a.localeCompare(b))
}

const frontmatter = /^---\n[\s\S]*?\n---\n/
const titleOf = (text: string): string | undefined =>
  /^# (.+?)(?:\s*\{#[\w-]+\})?$/m.exec(text.replace(frontmatter, ''))?.[1]?.replaceAll('`', '')

/** A hint a heading; without any, a hint a paragraph. */
export function parseHints(text: string, word: string): Hint[] {
  const body = text
    .replace(frontmatter, '')
    .replace(/^# .*\n/, '')
    .trim()
  if (body === '') return []
  if (!/^#{2,6} /m.test(body)) {
    return body.split(/\n{2,}/).map((paragraph, i) => ({ summary: `${word} ${i + 1}`, body: paragraph }))
  }
  const parts = body.split(/^#{2,6} +(.*)$/m)
  return parts.flatMap((heading, i) => {
    if (i % 2 === 0) return []
    const summary = heading.replace(/\s*\{#[\w-]+\}\s*$/, '').trim()
    const isCheck = /^[a-z][a-z0-9-]*$/.test(summary)
    const name = /^\d+$/.test(summary) ? `${word} ${summary}` : isCheck ? `\`${summary}\`` : summary
    return [{ summary: name, body: parts[i + 1]!.trim() }]
  })
}

function pageOf(id: string, task: string, hints: readonly Hint[], language: Language): string {
  const { begin, hints: title, back, how, prefix } = words[language]
  // renders as <details>; more colons than a hint has need of itself
  const details = hints.map(({ summary, body }) => `::::: details ${summary}\n${body}\n:::::\n`)
  // a snippet is written as seen from the task, and read as seen from a page of either language
  const text = task
    .replace(frontmatter, '')
    .replace(/^<<< (?:\.\.\/)+/gm, '<<< @/../')
    .trim()
  const start = [
    `\n## ${begin} {#begin}\n`,
    '```sh illustrative',
    `npx mini-docker lab start ${id}`,
    `npx mini-docker lab check ${id}`,
    '```\n',
  ]
  return [
    `${text}\n`,
    ...(/\{#begin\}\s*$/m.test(text) ? [] : start),
    ...(hints.length === 0 ? [] : [`## ${title} {#hints}\n`, ...details]),
    `[← ${back}](${prefix}/${id.slice(0, 3)}) · [${how}](${prefix}/labs/)`,
  ].join('\n')
}
