/** `npm run stress`: every stress file in a process of its own, one after the other; PART of a name chooses some. */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('./', import.meta.url))
const wanted = process.argv.slice(2)
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env // costs every start of Node more than the start itself

const files = fs
  .readdirSync(here)
  .filter(name => name.endsWith('.stress.js'))
  .filter(name => wanted.length === 0 || wanted.some(part => name.includes(part)))
  .sort()

const failed = files.filter(name => {
  console.log(`${name.replace('.stress.js', '')}:`)
  return spawnSync(process.execPath, ['--enable-source-maps', here + name], { env, stdio: 'inherit' }).status !== 0
})
console.log(failed.length === 0 ? `${files.length} stress files passed` : `failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0
