/** SHA-256 of a file or a text, as the OCI writes digests. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'

export const hexOf = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
export const digestOf = (data: string | Buffer): string => `sha256:${hexOf(data)}`

/** null when there is no such file. */
export const digestOfFile = (file: string): string | null =>
  fs.existsSync(file) ? digestOf(fs.readFileSync(file)) : null
