/** The content of generated pages as Markdown, for the search alone: what components show, their headings and words. */

import { whyOf } from '../.vitepress/theme/toys/whys.js'
import { commandRows } from './cli.js'
import { glossary } from './glossary.js'
import type { Language } from './labs.js'
import { opRows } from './ops.js'
import { fieldRows, keyOf } from './results.js'
import { rules } from './rules.js'

const section = (level: number, title: string, id: string, ...lines: readonly string[]): string =>
  `${'#'.repeat(level)} \`${title}\` {#${id}}\n\n${lines.map(line => line.replace(/[<>{}]/g, ' ')).join('\n\n')}\n`

const pages: Readonly<Record<string, (language: Language) => string[] | Promise<string[]>>> = {
  'reference/ops.md': language =>
    opRows().map(({ op, sample = '', why = '', man, calls = '' }) =>
      section(3, op, op, sample, whyOf(why, language), man, calls),
    ),
  'reference/invariants.md': language =>
    rules(language).invariants.map(({ name, rule }) => section(3, name, name, rule)),
  'reference/phases.md': language => rules(language).phases.map(({ name, about }) => section(3, name, name, about)),
  'reference/errors.md': language =>
    rules(language).errors.map(({ name, meaning, example }) => section(3, name, name, meaning, example)),
  'reference/cli.md': async language =>
    (await commandRows(language)).map(({ name, about, flags }) =>
      section(3, name, name.replace(' ', '-'), about, ...flags.map(flag => `${flag.names} ${flag.about}`)),
    ),
  'reference/results.md': language => fieldRows(language).map(row => `\`${keyOf(row)}\` ${row.about}\n`),
  'reference/glossary.md': language =>
    glossary.map(term =>
      section(3, term.term, term.term.toLowerCase().replace(/[^a-z0-9]+/g, '-'), term.name, term[language]),
    ),
}

/** Empty for a page that says all of it itself. */
export const generatedText = async (page: string, language: Language): Promise<string> =>
  ((await pages[page]?.(language)) ?? []).join('\n')
