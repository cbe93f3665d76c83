/** --version: the first thing that engines ask a runtime for, in runc's form: `name version number`, then `key: value`. */

import * as fs from 'node:fs'
import * as path from 'node:path'

/** Of the runtime-spec, the newest that a bundle may be of. */
export const newestVersion = '1.3.0'

export const versionText = (): string =>
  `mini-runc version ${ownVersion()}\nspec: ${newestVersion}\nnode: ${process.version}\n`

/** package.json's, from wherever this file lies: bundled, or as it was compiled. */
function ownVersion(): string {
  for (let at = import.meta.dirname; at !== '/'; at = path.dirname(at)) {
    const place = `${at}/package.json`
    if (fs.existsSync(place)) return (JSON.parse(fs.readFileSync(place, 'utf8')) as { version: string }).version
  }
  throw new Error(`no package.json above ${import.meta.dirname}`)
}
