/** Which mount sources are files: their mount points have to be, too. What is missing is for the mount to complain of. */

import * as fs from 'node:fs'
import type { Mount } from '#core/spec/runtime'

export const filesAmong = (mounts: readonly Mount[]): string[] =>
  mounts.flatMap(({ source }) => (source?.startsWith('/') && isFile(source) ? [source] : []))

const isFile = (path: string): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === false
