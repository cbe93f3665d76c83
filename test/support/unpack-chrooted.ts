/** Unpacks as a worker does: ROOT BLOB. Opens the blob, changes its root, and only then touches a path. Prints the result. */

import * as fs from 'node:fs'
import { unpackLayer } from '#chapters/ch4-images/layer/unpack'
import { MiniDockerError } from '#core/errors'
import { call } from '#core/sys/libc'

const [root, blob] = process.argv.slice(2)
const enter = (): void => {
  call('int chroot(const char *path)', root)
  process.chdir('/')
}
try {
  console.log(JSON.stringify(await unpackLayer({ blob: fs.openSync(blob!, 'r'), root: '/', enter })))
} catch (error) {
  console.log(error instanceof MiniDockerError ? error.line : error)
  process.exitCode = 1
}
