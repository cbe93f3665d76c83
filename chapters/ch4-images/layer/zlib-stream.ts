/** A stream of node:zlib as a Codec: it works on a thread of the pool while this one uses what came out before. */

import type { Buffer } from 'node:buffer'
import { finished, type Transform } from 'node:stream'
import { fail } from '#core/errors'
import type { Codec, Output } from './compress.js'

export function throughStream(what: string, stream: Transform, output: Output): Codec {
  /** What came out and was not handed on. */
  let waiting: Buffer[] = []
  let failure: unknown
  let ended = false

  const stop = (error: unknown): void => {
    failure ??= error
    waiting = []
    stream.destroy()
  }
  const handOn = (): void => {
    const chunks = waiting
    waiting = []
    try {
      for (const chunk of chunks) output(chunk)
    } catch (error) {
      stop(error)
    }
  }
  // not at once: when this returns, the stream sets its thread to work on the next piece, and then it is our turn
  stream.on('data', (chunk: Buffer) => {
    if (waiting.push(chunk) === 1) process.nextTick(handOn)
  })
  /** Those who wait for a chunk to have gone through. */
  const writes = new Set<() => void>()
  const end = new Promise<void>((resolve, reject) => {
    // the readable side alone: after the last member of a gzip file it ends, whatever else is written
    finished(stream, { writable: false }, error => {
      ended = true
      handOn()
      if (error != null) failure ??= asFailure(what, error)
      if (failure === undefined) resolve()
      else reject(failure)
      for (const settle of writes) settle()
    })
  })
  const heard = (promise: Promise<void>): Promise<void> => {
    promise.catch(() => {}) // who waits for it hears of it; nobody has to
    return promise
  }
  heard(end)

  return {
    write(chunk) {
      if (ended && failure === undefined) return undefined
      const written = new Promise<void>((resolve, reject) => {
        const settle = (error?: Error | null): void => {
          writes.delete(settle)
          if (error != null) failure ??= asFailure(what, error)
          if (failure === undefined) resolve()
          else reject(failure)
        }
        writes.add(settle)
        if (failure === undefined) stream.write(chunk, settle)
        else settle()
      })
      return heard(written)
    },
    end() {
      stream.end()
      return end
    },
    close() {
      stream.destroy()
    },
  }
}

function asFailure(what: string, error: NodeJS.ErrnoException): unknown {
  try {
    const why = error.code === 'Z_BUF_ERROR' ? 'they are cut short' : `they are damaged: ${error.message}`
    return fail('FailedPrecondition', { what, why, cause: error })
  } catch (failure) {
    return failure
  }
}
