/** How much code a chapter is, and what it adds to the one before: counted in the tree, never written down. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { ch1 } from '#chapters/ch1-chroot/index'
import { ch2 } from '#chapters/ch2-namespaces/index'
import { ch3 } from '#chapters/ch3-cgroups/index'
import { ch4 } from '#chapters/ch4-images/index'
import { ch5 } from '#chapters/ch5-registry/index'
import { ch7 } from '#chapters/ch7-oci/index'
import type { Chapter } from '#core/chapter'
import { repository } from './labs.js'

export interface SourceFile {
  readonly path: string
  /** Lines with code: blank ones and comments do not count. */
  readonly lines: number
  /** What the file says of itself, the first sentence of its first comment. */
  readonly about: string
}
export interface ChapterSources {
  readonly id: string
  readonly files: SourceFile[]
  readonly lines: number
  /** Sources of core that this chapter's commands load. */
  readonly core: SourceFile[]
  readonly parts: readonly string[]
}
export interface Difference {
  readonly from: string
  readonly to: string
  readonly files: SourceFile[]
  readonly lines: number
  readonly core: SourceFile[]
  readonly coreLines: number
  /** Parts of the plan by what became of them. */
  readonly parts: { readonly kept: string[]; readonly replaced: string[]; readonly added: string[] }
}

const chapters: readonly Chapter[] = [ch1, ch2, ch3, ch4, ch5, ch7]
/** Whose container a chapter goes on with, where it is not that of the chapter before: a runtime knows nothing of images. */
const goesOnWith: Readonly<Record<string, string>> = { ch7: 'ch3' }

const read = (file: string): string => fs.readFileSync(`${repository}${file}`, 'utf8')
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{(,])\/\/.*$/gm, '$1')

export const linesOfCode = (text: string): number =>
  withoutComments(text)
    .split('\n')
    .filter(line => line.trim() !== '').length

export function aboutOf(text: string): string {
  const [, comment = ''] = /^\/\*\*?([\s\S]*?)\*\//.exec(text) ?? []
  const words = comment
    .replace(/^\s*\*? ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return /^.*?[.:;](?=\s|$)/.exec(words)?.[0].replace(/[.:;]$/, '') ?? words
}

const sourceFile = (file: string): SourceFile => {
  const text = read(file)
  return { path: file, lines: linesOfCode(text), about: aboutOf(text) }
}

/** Sources below a folder, relative to the repository, sorted. */
const below = (folder: string): string[] =>
  fs
    .readdirSync(`${repository}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name}`)
    .sort()

const folderOf = (chapter: string): string => {
  const name = fs.readdirSync(`${repository}chapters`).find(entry => entry.startsWith(`${chapter}-`))
  if (name === undefined) throw new Error(`there is no chapter '${chapter}'`)
  return `chapters/${name}`
}

function importsOf(file: string): string[] {
  const specifiers = [...withoutComments(read(file)).matchAll(/(?:from\s+|import\s*\(?\s*)'([^']+)'/g)]
  return specifiers.flatMap(([, specifier = '']) => {
    if (specifier.startsWith('.')) {
      return [path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts')]
    }
    return /^#(core|chapters)\//.test(specifier) ? [`${specifier.slice(1)}.ts`] : []
  })
}

/** All that is loaded with the file, at once or when it is asked for. */
function reachedFrom(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file) || !fs.existsSync(`${repository}${file}`)) return seen
  seen.add(file)
  for (const next of importsOf(file)) reachedFrom(next, seen)
  return seen
}

const linesIn = (files: readonly SourceFile[]): number => files.reduce((total, { lines }) => total + lines, 0)

export function chapterSources(id: string): ChapterSources {
  const folder = folderOf(id)
  const files = below(folder).map(sourceFile)
  const core = [...reachedFrom(`${folder}/cli.ts`)].filter(file => file.startsWith('core/')).sort()
  const parts = Object.keys(chapters.find(chapter => chapter.id === id)?.parts ?? {})
  return { id, files, lines: linesIn(files), core: core.map(sourceFile), parts }
}

export function difference(from: string, to: string): Difference {
  const [earlier, later] = [from, to].map(id => chapters.find(chapter => chapter.id === id))
  if (earlier === undefined || later === undefined) throw new Error(`no chapters '${from}' and '${to}'`)
  const known = new Set(chapterSources(from).core.map(file => file.path))
  const { files, lines, core } = chapterSources(to)
  const isNew = core.filter(file => !known.has(file.path))
  const of = (match: (key: string) => boolean): string[] => Object.keys(later.parts).filter(match)
  return {
    from,
    to,
    files,
    lines,
    core: isNew,
    coreLines: linesIn(isNew),
    parts: {
      kept: of(key => earlier.parts[key] === later.parts[key]),
      replaced: of(key => key in earlier.parts && earlier.parts[key] !== later.parts[key]),
      added: of(key => !(key in earlier.parts)),
    },
  }
}

/** Every chapter that is there against the one that it goes on with, as `ch1-ch2`. */
export const differences = (): Record<string, Difference> =>
  Object.fromEntries(
    chapters.slice(1).map(({ id }, i) => {
      const from = goesOnWith[id] ?? chapters[i]!.id
      return [`${from}-${id}`, difference(from, id)]
    }),
  )

export const linesByChapter = (): Record<string, number> =>
  Object.fromEntries(chapters.map(({ id }) => [id, chapterSources(id).lines]))
