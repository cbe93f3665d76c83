/** Puts an archive onto a directory, in a process of its own: ROOT ARCHIVE. Prints what came of it, or the error's line. */

import * as fs from 'node:fs'
import { MiniDockerError } from '#core/errors'
import { applyTo } from './archives.js'

const [root, archive] = process.argv.slice(2)
try {
  console.log(JSON.stringify(applyTo(root!, fs.readFileSync(archive!))))
} catch (error) {
  console.log(error instanceof MiniDockerError ? error.line : error)
  process.exitCode = 1
}
