/** Who imports whom, read from the sources: every `from '…'`, `import '…'` and `import('…')` outside of comments. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { filesBelow, readSource, repository } from './repository.js'

export interface Import {
  /** As it is written: `#core/errors`, `node:fs`, `chalk`. */
  readonly specifier: string
  /** The file of this repository that it means, `core/errors.ts`; null for a package or a module of Node. */
  readonly file: string | null
  /** Erased by the compiler. */
  readonly typeOnly: boolean
  /** `import(…)`: loaded when it is asked for. */
  readonly dynamic: boolean
}

/** Every TypeScript source of the repository that may import. */
export const sources: readonly string[] = ['core', 'chapters', 'scripts', 'labs', 'site', 'test'].flatMap(directory =>
  filesBelow(directory, '.ts'),
)

/** The code alone: comments and texts between quotes are blanked. Enough of a reading for one style of code. */
export const codeOf = (file: string): string =>
  withoutComments(readSource(file)).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{(,])\/\/.*$/gm, '$1')

const forms = [
  /\bimport\s+(type\s)?[^'"();]*?from\s+'([^']+)'/,
  /\bexport\s+(type\s)?[^'"();=]*?from\s+'([^']+)'/,
  /\bimport\s+'([^']+)'/,
  /(?<!typeof )\bimport\('([^']+)'\)/,
]
const pattern = new RegExp(forms.map(({ source }) => source).join('|'), 'g')

function read(file: string): Import[] {
  return [...withoutComments(readSource(file)).matchAll(pattern)].map(match => {
    const [, importType, from, exportType, exportFrom, bare, dynamic] = match
    const specifier = from ?? exportFrom ?? bare ?? dynamic!
    return {
      specifier,
      file: resolve(file, specifier),
      typeOnly: importType !== undefined || exportType !== undefined,
      dynamic: dynamic !== undefined,
    }
  })
}

const aliases: readonly (readonly [string, string])[] = [
  ['#core/', 'core/'],
  ['#chapters/', 'chapters/'],
  ['#labs/', 'labs/'],
  ['#support/', 'test/support/'],
]

function resolve(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier.replace(/\.js$/, '.ts'))
  const alias = aliases.find(([prefix]) => specifier.startsWith(prefix))
  return alias === undefined ? null : `${alias[1]}${specifier.slice(alias[0].length)}.ts`
}

const imports = new Map<string, readonly Import[]>()

export function importsOf(file: string): readonly Import[] {
  const known = imports.get(file)
  if (known !== undefined) return known
  const made = fs.existsSync(`${repository}${file}`) ? read(file) : []
  imports.set(file, made)
  return made
}

/** Everything that is loaded with `file`: its imports and theirs, dynamic ones and types left out, with a way to each. */
export function loadedWith(file: string): ReadonlyMap<string, string> {
  const ways = new Map<string, string>()
  const visit = (at: string, way: string): void => {
    for (const { specifier, file: target, typeOnly, dynamic } of importsOf(at)) {
      if (typeOnly || dynamic) continue
      const name = target ?? specifier
      if (ways.has(name)) continue
      ways.set(name, `${way} → ${name}`)
      if (target !== null) visit(target, `${way} → ${target}`)
    }
  }
  visit(file, file)
  return ways
}
