/** What attempts say, made harmless: control characters are shown, not sent to the terminal. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { CheckResult } from '#labs/runner/grade/results'
import { repository } from '#labs/runner/places'

export const harmless = (text: string): string =>
  text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, char => JSON.stringify(char).slice(1, -1).replace('\x7f', '\\u007f'))

/** `labs/ch1/…` as seen from the working directory: a terminal opens it on a click. */
export function fromHere(file: string): string {
  const relative = path.relative(process.cwd(), `${repository}${file}`)
  return relative.startsWith('..') ? `${repository}${file}` : relative
}

/** `labs/ch1/enter-root/attempt.ts:7:3: …`: its place as seen from here. */
export const problemFromHere = (problem: string): string => {
  const [, file, rest] = /^(labs\/[^:]+)(:\d+:\d+: [\s\S]*)$/.exec(problem) ?? []
  return harmless(file === undefined ? problem : `${fromHere(file)}${rest}`)
}

/** Where a check is explained: its page on the site, or the file that the page is made of. */
export function pageAddress({ page }: Pick<CheckResult, 'page'>): string {
  const { homepage } = JSON.parse(fs.readFileSync(`${repository}package.json`, 'utf8')) as { homepage?: string }
  if (homepage !== undefined) return `${homepage.replace(/\/$/, '')}${page}`
  const [place = '', anchor] = page.split('#')
  const task = `${place.slice(1)}/task.md`
  return `${fromHere(fs.existsSync(`${repository}${task}`) ? task : `site${place}.md`)}#${anchor}`
}
