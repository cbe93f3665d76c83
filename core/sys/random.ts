/** Random names. Read from random(4) itself: loading node:crypto would cost a fifth of Node's own start. */

import * as fs from 'node:fs'

/** 12 hexadecimal digits, as `docker ps` shows ids. */
export function randomId(): string {
  const bytes = Buffer.alloc(6)
  const source = fs.openSync('/dev/urandom', 'r')
  try {
    fs.readSync(source, bytes)
  } finally {
    fs.closeSync(source)
  }
  return bytes.toString('hex')
}
