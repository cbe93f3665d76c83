/** `ch4 save`: images with all that they need, in one archive. */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import type { Flags } from '#core/cli/flags'
import { openProgress, type Progress } from '#core/cli/progress'
import { errnoOf, fail, MiniDockerError } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Platform } from '#core/spec/image'
import { parsePlatform } from '../image/platform.js'
import { type Images, openImages } from '../images.js'
import { Lease } from '../store/leases.js'
import { type Plan, planArchive } from './plan.js'
import { Room } from './room.js'
import { ArchiveWriter, CHUNK, HELD, pause } from './tar.js'

const formats = ['oci', 'docker'] as const
export type Format = (typeof formats)[number]

export async function save(flags: Flags, names: readonly string[]): Promise<number> {
  if (names.length === 0) {
    fail('InvalidArgument', { what: 'ch4 save', why: 'needs an image', hint: 'mini-docker ch4 save -o FILE IMAGE…' })
  }
  const output = flags.one('output')
  if (output === undefined && tty.isatty(1)) {
    fail('InvalidArgument', { what: 'ch4 save', why: 'writes no archive to a terminal', hint: '-o FILE, or | another' })
  }
  const format = flags.one('format')
  if (format !== undefined && !formats.includes(format as Format)) {
    fail('InvalidArgument', { what: `--format '${format}'`, why: 'is unknown', hint: 'oci or docker' })
  }
  const platform = flags.one('platform')
  const progress = openProgress(flags.on('quiet') || output === undefined)
  const images = openImages()
  const wish = {
    names,
    formats: format === undefined ? formats : [format as Format],
    platform: platform === undefined ? null : parsePlatform(platform),
  }
  try {
    if (output === undefined) await saveTo(images, wish, chunk => writeAll(1, chunk), progress)
    else await saveToFile(images, wish, output, progress)
    return 0
  } finally {
    progress.end()
  }
}

export interface Wish {
  readonly names: readonly string[]
  readonly formats: readonly Format[]
  readonly platform: Platform | null
}

/** Nobody removes it meanwhile. */
export async function saveTo(
  images: Images,
  { names, formats, platform }: Wish,
  write: (chunk: Uint8Array) => void,
  progress: Progress,
): Promise<void> {
  const lease = new Lease(images.store)
  try {
    const plan = images.store.locked(() => {
      const made = planArchive(images, names, formats, platform)
      lease.keepBlob(...made.blobs.keys())
      return made
    })
    await writeArchive(images, plan, new ArchiveWriter(write), progress)
  } finally {
    lease.end()
  }
}

async function writeArchive({ store }: Images, { blobs, documents }: Plan, archive: ArchiveWriter, progress: Progress) {
  await archive.directory('blobs/')
  await archive.directory('blobs/sha256/')
  for (const [digest, size] of blobs) {
    const part = progress.begin(shortOf(digest), 'Saving', size)
    const fd = store.open(digest)
    try {
      await archive.file(
        `blobs/sha256/${digest.slice('sha256:'.length)}`,
        size,
        chunksOf(fd, bytes => part.at(bytes)),
      )
    } finally {
      fs.closeSync(fd)
    }
    part.done('Saved')
  }
  for (const [name, bytes] of documents) await archive.file(name, bytes.length, [bytes])
  await archive.end()
}

function* chunksOf(fd: number, at: (bytes: number) => void): Iterable<Uint8Array> {
  const room = new Room(HELD + CHUNK)
  let total = 0
  for (;;) {
    const piece = room.take(CHUNK)
    const read = fs.readSync(fd, piece, 0, CHUNK, null)
    if (read === 0) return
    total += read
    at(total)
    yield piece.subarray(0, read)
  }
}

/** Beside its place, and then into it: no archive is there in part. A device or a pipe is written as it is. */
export async function saveToFile(images: Images, wish: Wish, output: string, progress: Progress): Promise<void> {
  const there = fs.statSync(output, { throwIfNoEntry: false })
  const isPlain = there === undefined || there.isFile()
  const temporary = isPlain ? `${output}.${process.pid}.part` : output
  let fd: number | undefined
  try {
    fd = fs.openSync(temporary, isPlain ? 'wx' : 'w', 0o600)
    const into = fd
    await saveTo(images, wish, chunk => writeAll(into, chunk), progress)
    if (isPlain) fs.renameSync(temporary, output)
  } catch (cause) {
    if (isPlain && fd !== undefined) fs.rmSync(temporary, { force: true })
    const errno = errnoOf(cause)
    if (cause instanceof MiniDockerError || errno === undefined) throw cause
    fail('FailedPrecondition', { what: `archive '${output}'`, why: errno, hint: 'choose another -o FILE', cause })
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) {
    try {
      at += fs.writeSync(fd, chunk, at)
    } catch (error) {
      if (errnoOf(error) === 'EPIPE')
        fail('FailedPrecondition', { what: 'archive', why: 'nobody reads it any more', cause: error })
      if (errnoOf(error) !== 'EAGAIN') throw error
      pause()
    }
  }
}
