/**
 * Archives as users have them: tar, plain or compressed. What is written elsewhere is decided by who reads on: here the
 * entries come out, and the content of each file in a file of its own.
 */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import type { Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { fail } from '#core/errors'
import type { Entry } from '../layer/entry.js'
import { LayerReader } from '../layer/reader.js'
import type { TakenFile } from './files.js'

export type Format = 'gzip' | 'bzip2' | 'xz' | 'zstd' | 'tar' | null

/** By its first bytes; a tar archive says so 257 bytes into it. */
export function formatOf(head: Buffer): Format {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte)
  if (begins(0x1f, 0x8b)) return 'gzip'
  if (begins(0x42, 0x5a, 0x68)) return 'bzip2'
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz'
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd'
  return head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : null
}

/** The programs of Debian's packages of the same names: Node has only gzip. */
const programs: Partial<Record<NonNullable<Format>, readonly string[]>> = {
  bzip2: ['bzip2', '-dc'],
  xz: ['xz', '-dc'],
  zstd: ['zstd', '-dcq'],
}

/** Whether a tar archive is in it: a single file may be compressed as well. */
export async function holdsArchive(source: Readable, format: NonNullable<Format>): Promise<boolean> {
  if (format === 'tar') return true
  let head = Buffer.alloc(0)
  try {
    for await (const chunk of plainStream(source, format)) {
      head = Buffer.concat([head, chunk as Buffer])
      if (head.length >= 512) break
    }
  } catch {
    // cut short: what came out of it says what it was
  }
  source.destroy()
  return formatOf(head) === 'tar'
}

export function plainStream(source: Readable, format: NonNullable<Format>): Readable {
  if (format === 'tar') return source
  if (format === 'gzip') return source.on('error', () => undefined).pipe(zlib.createGunzip())
  const [program, ...args] = programs[format]!
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.on('error', () =>
    child.stdout.destroy(
      Object.assign(new Error(`the program '${program}' that reads ${format} is not on this machine`)),
    ),
  )
  child.on('close', code => {
    if (code !== 0) child.stdout.destroy(new Error(`${program} ended with ${code}`))
  })
  child.stdin.on('error', () => undefined) // it ended: said above
  source.pipe(child.stdin)
  return child.stdout
}

/**
 * Entries in the order of the archive; a later one of the same name counts.
 * @param directory an empty one for the content of files
 * @throws MiniDockerError FailedPrecondition when it is no archive, or a broken one
 */
export async function readArchive(source: Readable, name: string, directory: string): Promise<TakenFile[]> {
  const found = new Map<string, TakenFile>()
  let count = 0
  let fd: number | null = null
  const close = (): void => {
    if (fd !== null) fs.closeSync(fd)
    fd = null
  }
  const reader = new LayerReader(
    {
      entry(entry: Entry) {
        const content = entry.type === 'file' ? `${directory}/${count++}` : null
        found.delete(entry.path)
        found.set(entry.path, { entry, content })
        if (content !== null) fd = fs.openSync(content, 'wx', 0o600)
      },
      data(chunk) {
        for (let at = 0; at < chunk.length; ) at += fs.writeSync(fd!, chunk, at)
      },
      done: close,
    },
    { name, endMarker: 'optional' },
  )
  try {
    for await (const chunk of source) reader.push(chunk as Buffer)
    reader.end()
    return [...found.values()]
  } catch (error) {
    if (error instanceof Error && error.name === 'MiniDockerError') throw error
    return fail('FailedPrecondition', {
      what: `archive '${name}'`,
      why: error instanceof Error ? error.message : String(error),
      hint: 'is it whole?',
      cause: error,
    })
  } finally {
    close()
  }
}
