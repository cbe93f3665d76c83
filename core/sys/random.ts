/** Random names. From random(4), as text: loading node:crypto would cost a fifth of Node's own start. */

import * as fs from 'node:fs'

/** 12 hexadecimal digits, as `docker ps` shows ids: the last part of a random UUID, which is random throughout. */
export function randomId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/uuid', 'utf8').slice(24, 36)
  } catch {
    return '0123456789ab' // no Linux: containers are planned here, and never made
  }
}
