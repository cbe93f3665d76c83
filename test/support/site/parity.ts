/** Whether a translated page is the same page: each rule says what is wrong, nothing when all is well. */

import { type Fence, type Page, parsePage } from './markdown.js'

export type Rule = (original: Page, translation: Page) => string[]

/** Where two lists differ first, in words. */
function firstDifference(what: string, a: readonly string[], b: readonly string[]): string[] {
  const at = Math.max(a.length, b.length)
  for (let i = 0; i < at; i++) {
    if (a[i] !== b[i]) return [`${what} ${i + 1}: '${a[i] ?? 'none'}' here, '${b[i] ?? 'none'}' there`]
  }
  return []
}

/** A heading that is a name itself, of a check or a number of a hint: it is the same in every language, and so is its anchor. */
const isName = (text: string): boolean => /^`?[a-z0-9]+(?:-[a-z0-9]+)*`?$/.test(text)

const headings: Rule = (original, translation) => {
  const shape = ({ headings }: Page): string[] =>
    headings.map(({ level, id, text }) => {
      const anchor = id !== null ? ` {#${id}}` : isName(text) ? ` ${text}` : ''
      return `${'#'.repeat(level)}${anchor}`
    })
  return firstDifference('heading', shape(original), shape(translation))
}

/** A page that is translated gives its sections names that stay: else a link to one means another in each language. */
const namedSections: Rule = original =>
  original.headings
    .filter(({ level, id, text }) => level === 2 && id === null && !isName(text))
    .map(({ text }) => `'${text}' has no {#name}: its anchor would differ in each language`)

const snippets: Rule = (original, translation) =>
  firstDifference('code region', original.snippets, translation.snippets)

const components: Rule = (original, translation) =>
  firstDifference('component', original.components, translation.components)

/** Code is the same; its comments, the last column of a console, and the name of a tab may be translated. */
const fences: Rule = (original, translation) => {
  const text = ({ info, lines }: Fence): string =>
    [info.replace(/\s*\[.*\]/, ''), ...lines.map(line => line.replace(/(?:^|\s+)(#|\/\/) .*$/, '').trimEnd())].join(
      '\n',
    )
  return firstDifference('code block', original.fences.map(text), translation.fences.map(text))
}

const blocks: Rule = (original, translation) => {
  const shape = ({ blocks }: Page): string[] =>
    blocks.map(({ kind, text }) => (kind === 'table' ? `table of ${text.split('\n').length} lines` : kind))
  return firstDifference('block', shape(original), shape(translation))
}

/** Prose of at least four words that nobody translated. */
const translated: Rule = (original, translation) => {
  const prose = ({ blocks }: Page): string[] =>
    blocks
      .filter(({ kind }) => ['paragraph', 'list', 'quote', 'heading', 'table'].includes(kind))
      .map(({ text }) => text.replace(/\s+/g, ' ').trim())
  const isProse = (text: string): boolean =>
    /(?:[A-Za-z]{2,}[,;:]?\s+){3}[A-Za-z]{2,}/.test(text.replace(/`[^`]*`/g, ' '))
  const known = new Set(prose(original).filter(isProse))
  return prose(translation).flatMap(text => (known.has(text) ? [`not translated: '${text.slice(0, 60)}'`] : []))
}

/** The same keys in the same order: a home page has as many features in both. */
const frontmatter: Rule = (original, translation) => {
  const keys = ({ frontmatter }: Page): string[] =>
    [...frontmatter.matchAll(/^[\s-]*([\w-]+):/gm)].map(([, key]) => key!)
  return firstDifference('frontmatter', keys(original), keys(translation))
}

export const rules = { headings, namedSections, snippets, components, fences, blocks, translated, frontmatter }

export const parityErrors = (original: string, translation: string, chosen = Object.values(rules)): string[] =>
  chosen.flatMap(rule => rule(parsePage(original), parsePage(translation)))
