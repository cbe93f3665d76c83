/** From one tree into another: two workers, each in its own tree, and a pipe between them. */

import { MiniDockerError } from '#core/errors'
import { pipe } from '#core/sys/libc'
import type { ArchiveWish } from '../worker/archive.js'
import { callWorker } from '../worker/call.js'
import type { ExtractWish } from '../worker/extract.js'
import type { Tree } from '../worker/plan.js'

export async function carry(from: Tree, source: ArchiveWish, to: Tree, target: ExtractWish): Promise<void> {
  const { reader, writer } = pipe()
  const [sent, taken] = await Promise.allSettled([
    callWorker({ job: 'archive', arguments: source, stream: writer, ...from }),
    callWorker({ job: 'extract', arguments: target, stream: reader, ...to }),
  ])
  // who stops reading makes the writer fail, who stops writing the reader: the one that began it is the one to tell of
  if (sent.status === 'rejected' && !isBrokenPipe(sent.reason)) throw sent.reason
  if (taken.status === 'rejected') throw taken.reason
  if (sent.status === 'rejected') throw sent.reason
}

const isBrokenPipe = (error: unknown): boolean => error instanceof MiniDockerError && error.message.includes('EPIPE')
