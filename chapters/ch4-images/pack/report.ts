/** What is said of a pack: what was taken, by which way it was found. Pure. */

import type { Item, Summary, Way } from './item.js'

const meanings: Readonly<Record<Way, string>> = {
  static: 'asked for by programs and libraries',
  command: 'named in the command',
  trace: 'used while it ran',
  include: 'by --include',
  expected: 'expected of any root',
  path: 'on the way',
}

/** `12 files, 3.4 MB: 8 asked for by programs and libraries, 4 used while it ran`. */
export function summaryText({ files, bytes, ways = {} }: Summary): string {
  const parts = (Object.keys(meanings) as Way[]).flatMap(way => (ways[way] ? [`${ways[way]} ${meanings[way]}`] : []))
  return `${files} files, ${megabytes(bytes)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export const listText = (items: readonly Item[]): string =>
  items.map(({ way, type, size, target, text }) => lineOf(way, type, size, target, text)).join('')

/** Way, kind, size, path; a path with a line break stays on its line. */
export function lineOf(way: string, type: string, size: number, path: string, text: string | undefined): string {
  const what = text === undefined ? visible(path) : `${visible(path)} -> ${visible(text)}`
  return `${way.padEnd(8)} ${type.padEnd(9)} ${String(size).padStart(10)} ${what}\n`
}

const visible = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f\\\ud800-\udfff]/g, char =>
    char === '\\' ? '\\\\' : `\\x${(char.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`,
  )
