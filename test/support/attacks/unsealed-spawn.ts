/** core/sys/spawn, but that what joins a container is started from a file: a copy of the stage that may be lost. */

import * as fs from 'node:fs'

export * from '#core/sys/spawn'

/** In the place of a copy in memory: the file at ATTACK_STAGE, which is made of it. */
export function sealedCopy(stage: string): number {
  const path = process.env.ATTACK_STAGE!
  fs.copyFileSync(stage, path)
  fs.chmodSync(path, 0o755)
  return fs.openSync(path, 'r')
}
