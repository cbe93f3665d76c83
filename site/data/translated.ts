/**
 * Texts that core says in English, in Chinese: by table and key. The tables are site/zh/tables; where a key is missing the
 * English stands, and a test says which are.
 */

import { cli } from '../zh/tables/cli.js'
import { errors, exits } from '../zh/tables/errors.js'
import { invariants } from '../zh/tables/invariants.js'
import { phases } from '../zh/tables/phases.js'
import { results } from '../zh/tables/results.js'
import type { Language } from './labs.js'

export const tables: Readonly<
  Record<'phases' | 'invariants' | 'errors' | 'exits' | 'cli' | 'results', Readonly<Record<string, string>>>
> = {
  phases,
  invariants,
  errors,
  exits,
  cli,
  results,
}

export const translated = (table: keyof typeof tables, key: string, english: string, language: Language): string =>
  language === 'en' ? english : (tables[table][key] ?? english)
