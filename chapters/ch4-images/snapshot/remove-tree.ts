/** rm -rf of a snapshot's directory, by who may not own what is in it. */

import * as fs from 'node:fs'

/**
 * The `work` directory of an overlay holds one that even its owner may not list (mode 0): it is opened up first.
 * Idempotent.
 */
export function removeTree(place: string): void {
  for (const name of ['work', 'index']) {
    const inner = `${place}/work/${name}`
    if (fs.existsSync(inner)) fs.chmodSync(inner, 0o700)
  }
  fs.rmSync(place, { recursive: true, force: true, maxRetries: 3 })
}
