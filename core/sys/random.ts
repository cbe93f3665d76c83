/** Random names. From random(4), as text: loading node:crypto would cost a fifth of Node's own start. */

import * as fs from 'node:fs'

/** Of the last UUID, what was not given away yet. */
let spare: string | undefined

/** 12 hexadecimal digits, as `docker ps` shows ids. A random UUID has two of them: before its version, and its last part. */
export function randomId(): string {
  if (spare !== undefined) {
    const id = spare
    spare = undefined
    return id
  }
  try {
    const uuid = fs.readFileSync('/proc/sys/kernel/random/uuid', 'utf8')
    spare = uuid.slice(0, 8) + uuid.slice(9, 13)
    return uuid.slice(24, 36)
  } catch {
    return '0123456789ab' // no Linux: containers are planned here, and never made
  }
}
