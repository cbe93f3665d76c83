/**
 * Whether the grader is the one that was published: its own files as they were compiled, held against the list that is
 * committed. This finds what was changed by mistake or while trying something out. Whoever wants to cheat can change this
 * file, too: an instructor grades with a copy of their own, or compares the digest.
 */

import * as fs from 'node:fs'
import { errnoOf } from '#core/errors'
import { digestOf, hexOf } from '#labs/runner/digest'
import { repository } from '#labs/runner/places'
import { writeDurably } from '#labs/runner/write-durably'
import type { Results } from './results.js'

/** In the form of sha256sum(1): `sha256sum -c labs/graders.sha256` says the same. */
export const manifestName = 'labs/graders.sha256'
const manifestPath = repository + manifestName
const places = [
  'dist/labs',
  'dist/test/labs',
  'dist/test/support/inside.js',
  'dist/test/support/bpf.js',
  'dist/core/plan',
]

type Grader = Results['grader']

/** Compiled files alone: maps hold paths of who built them, and wrong answers judge nobody. */
function gradersFiles(): string[] {
  return places
    .flatMap(place =>
      place.endsWith('.js')
        ? [place]
        : fs.existsSync(`${repository}${place}`)
          ? fs
              .readdirSync(`${repository}${place}`, { recursive: true, encoding: 'utf8' })
              .map(name => `${place}/${name}`)
          : [],
    )
    .filter(name => name.endsWith('.js') && !name.includes('/wrong/'))
    .sort()
}

const line = (name: string): string => `${hexOf(fs.readFileSync(`${repository}${name}`))}  ${name}\n`
const manifestOf = (names: readonly string[]): string => names.map(line).join('')

/** For who publishes a grader. @returns how many files it lists */
export function writeManifest(): number {
  const names = gradersFiles()
  writeDurably(manifestPath, manifestOf(names))
  return names.length
}

/** `digest` is that of the list as it would be of the files at hand: when all is intact, that of the committed list. */
export function inspectGrader(): Grader {
  const published = readManifest()
  if (published === null) {
    return { digest: digestOf(manifestOf(gradersFiles())), intact: false, changed: [manifestName] }
  }
  // what lies there beside them is not looked at: nothing that is unchanged loads it
  const present = [...published.keys()].filter(name => fs.existsSync(`${repository}${name}`))
  const found = new Map(present.map(name => [name, hexOf(fs.readFileSync(`${repository}${name}`))]))
  const changed = [...published].flatMap(([name, hex]) => (found.get(name) === hex ? [] : [name]))
  return { digest: digestOf(manifestOf(present)), intact: changed.length === 0, changed }
}

/** null when there is none, or it lists nothing: an empty list vouches for nothing. */
function readManifest(): ReadonlyMap<string, string> | null {
  let text: string
  try {
    text = fs.readFileSync(manifestPath, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
  const rows = [...text.matchAll(/^([0-9a-f]{64}) {2}(dist\/\S+)$/gm)].map(([, hex, name]) => [name!, hex!] as const)
  return rows.length === 0 || rows.length !== text.trim().split('\n').length ? null : new Map(rows)
}
