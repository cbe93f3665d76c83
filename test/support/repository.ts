/** The repository's own files, for tests that read sources: architecture, parity with the C headers, golden texts. */

import * as assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'

/** With a slash at its end. This file runs as dist/test/support/repository.js. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url))

export const readSource = (path: string): string => fs.readFileSync(`${repository}${path}`, 'utf8')

/** Paths below `directory`, relative to the repository, sorted; those of one of the `endings`. */
export function filesBelow(directory: string, ...endings: readonly string[]): string[] {
  if (!fs.existsSync(`${repository}${directory}`)) return []
  return fs
    .readdirSync(`${repository}${directory}`, { withFileTypes: true })
    .flatMap(entry => {
      const path = `${directory}/${entry.name}`
      if (entry.isDirectory())
        return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesBelow(path, ...endings)
      return endings.some(ending => entry.name.endsWith(ending)) ? [path] : []
    })
    .sort()
}

/** Compares with test/golden/<name>; `UPDATE_GOLDEN=1` writes it instead. */
export function matchesGolden(name: string, text: string): void {
  const path = `${repository}test/golden/${name}`
  if (process.env.UPDATE_GOLDEN === '1') fs.writeFileSync(path, `${text}\n`)
  assert.equal(`${text}\n`, fs.readFileSync(path, 'utf8'), `${path} says otherwise (UPDATE_GOLDEN=1 writes it)`)
}
