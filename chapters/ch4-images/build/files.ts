/** Files on their way into a layer: what a layer says of each, and where its content is. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { Entry } from '../layer/entry.js'
import type { Copied } from './cache-key.js'

export interface TakenFile {
  /** Its path is that below the target; '' is the source itself. */
  readonly entry: Entry
  /** A file of the host's, or the bytes themselves; null for all but files. */
  readonly content: string | Buffer | null
}

/** What one source of a COPY stands for. */
export interface TakenSource {
  /** Its last name: where a file goes in a directory. */
  readonly name: string
  /** Of a directory, what is in it is copied, and not the directory itself. */
  readonly isDirectory: boolean
  readonly files: readonly TakenFile[]
}

/** For the cache key. @param chown of the instruction: null leaves owners as they are */
export function copiedOf(
  { entry, content }: TakenFile,
  change: { readonly chown: string | null; readonly mode: number | null },
): Copied {
  const { path, type, uid, gid, mtime, xattrs } = entry
  const names = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const)
  return {
    path,
    kind: type,
    mode: type === 'symlink' ? 0o777 : (change.mode ?? entry.mode),
    owner: change.chown ?? `${uid}:${gid}`,
    content: content !== null ? digestOfContent(content) : (entry.target ?? entry.device?.join(':') ?? ''),
    ...(names.length === 0 ? {} : { xattrs: Object.fromEntries(names) }),
    mtime: String(mtime),
  }
}

const buffer = Buffer.allocUnsafe(1 << 18)

function digestOfContent(content: string | Buffer): string {
  const hash = createHash('sha256')
  if (typeof content !== 'string') return hash.update(content).digest('hex')
  const fd = openFile(content)
  try {
    for (;;) {
      const read = fs.readSync(fd, buffer, 0, buffer.length, null)
      if (read === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, read))
    }
  } finally {
    fs.closeSync(fd)
  }
}

/** Not through a symlink that took the file's place since it was looked at, and not waiting for a FIFO's other end. */
export function openFile(file: string): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  try {
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (cause) {
    return fail('FailedPrecondition', {
      what: `file '${file}'`,
      why: errnoOf(cause) ?? String(cause),
      hint: 'leave it out by .dockerignore, or build as who may read it',
      cause,
    })
  }
}
