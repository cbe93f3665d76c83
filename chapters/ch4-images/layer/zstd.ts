/**
 * zstd: by node:zlib where that has it (from 22.15), else by libzstd.so.1, which nearly every distribution has, called
 * through core/sys/libc. A layer may be several frames, one after the other (zstd:chunked is): node:zlib of 22 and 24 ends at the
 * first without a word, so there it decompresses only where the library is missing.
 *
 * Source: RFC 8878; zstd.h, "Streaming compression", "Streaming decompression".
 */

import { Buffer } from 'node:buffer'
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { fail, MiniDockerError } from '#core/errors'
import { addressOf, openLibrary } from '#core/sys/libc'
import type { Codec, Output } from './compress.js'
import { throughStream } from './zlib-stream.js'

const CHUNK = 1 << 20

/** What newer versions of node:zlib have, and the types of the oldest one that we support do not. */
interface ZstdOfNode {
  createZstdCompress?(options: {
    readonly chunkSize: number
    readonly params: Readonly<Record<number, number>>
  }): Transform
  createZstdDecompress?(options: { readonly chunkSize: number }): Transform
  zstdDecompressSync?(bytes: Uint8Array): Buffer
}
const node = zlib as ZstdOfNode

/** A frame of one byte, not compressed: RFC 8878, 3.1.1. */
const frameOf = (byte: number): number[] => [0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, byte]
let every: boolean | undefined
const readsEveryFrame = (): boolean =>
  (every ??= node.zstdDecompressSync?.(new Uint8Array([...frameOf(1), ...frameOf(2)])).length === 2)

/** enum ZSTD_cParameter, ZSTD_EndDirective */
const COMPRESSION_LEVEL = 100
const CHECKSUM = 201
const CONTINUE = 0
const END = 2

export function zstdDecompressor(output: Output, what: string): Codec {
  if (node.createZstdDecompress !== undefined && (readsEveryFrame() || !hasLibrary())) {
    return throughStream(what, node.createZstdDecompress({ chunkSize: CHUNK }), output)
  }
  const zstd = library()
  const context = zstd.newDecompression()
  const room = Buffer.allocUnsafeSlow(CHUNK)
  /** What the last call expects next; 0 at the end of a frame. */
  let expected = 0
  return {
    write(chunk) {
      const input = struct(chunk)
      const result = struct(room)
      do {
        result[2] = 0n
        expected = zstd.checked(zstd.decompress(context, result, input), what)
        if (result[2] > 0n) output(room.subarray(0, Number(result[2])))
      } while (input[2]! < input[1]! || result[2] === result[1])
      return undefined
    },
    async end() {
      if (expected !== 0) fail('FailedPrecondition', { what, why: 'they are cut short' })
    },
    close: once(() => zstd.freeDecompression(context)),
  }
}

export function zstdCompressor(output: Output, level: number): Codec {
  if (node.createZstdCompress !== undefined) {
    const params = { [COMPRESSION_LEVEL]: level, [CHECKSUM]: 1 }
    return throughStream('zstd', node.createZstdCompress({ chunkSize: CHUNK / 4, params }), output)
  }
  const zstd = library()
  const context = zstd.newCompression()
  zstd.checked(zstd.setParameter(context, COMPRESSION_LEVEL, level))
  zstd.checked(zstd.setParameter(context, CHECKSUM, 1))
  const room = Buffer.allocUnsafeSlow(CHUNK)
  const compress = (chunk: Buffer, directive: number): void => {
    const input = struct(chunk)
    const result = struct(room)
    let left: number
    do {
      result[2] = 0n
      left = zstd.checked(zstd.compress(context, result, input, directive))
      if (result[2] > 0n) output(room.subarray(0, Number(result[2])))
    } while (directive === END ? left > 0 : input[2]! < input[1]!)
  }
  return {
    write(chunk) {
      compress(chunk, CONTINUE)
      return undefined
    },
    async end() {
      compress(Buffer.alloc(0), END)
    },
    close: once(() => zstd.freeCompression(context)),
  }
}

/** ZSTD_inBuffer and ZSTD_outBuffer: where it lies, its size, the position in it. The buffer must outlive the calls. */
const struct = (buffer: Buffer): BigUint64Array => new BigUint64Array([addressOf(buffer), BigInt(buffer.length), 0n])

function once(free: () => void): () => void {
  let done = false
  return () => {
    if (!done) free()
    done = true
  }
}

let loaded: ReturnType<typeof load> | undefined
const library = (): ReturnType<typeof load> => (loaded ??= load())

/** Nothing where node:zlib does all of it. */
export function loadZstd(): void {
  if (node.createZstdCompress === undefined) library()
  else if (!readsEveryFrame()) hasLibrary()
}

function hasLibrary(): boolean {
  try {
    library()
    return true
  } catch (error) {
    if (error instanceof MiniDockerError) return false
    throw error
  }
}

function load() {
  let functionOf: ReturnType<typeof openLibrary>
  try {
    functionOf = openLibrary('libzstd.so.1')
  } catch (cause) {
    return fail('Unsupported', {
      what: 'zstd',
      why: `Node ${process.versions.node} has none, and there is no libzstd.so.1`,
      hint: 'install libzstd1 (libzstd), or a Node from 22.15 on',
      cause,
    })
  }
  const isError = functionOf('unsigned int ZSTD_isError(size_t result)')
  const errorName = functionOf('const char *ZSTD_getErrorName(size_t result)')
  return {
    newDecompression: functionOf('void *ZSTD_createDStream()'),
    decompress: functionOf('size_t ZSTD_decompressStream(void *context, void *output, void *input)'),
    freeDecompression: functionOf('size_t ZSTD_freeDStream(void *context)'),
    newCompression: functionOf('void *ZSTD_createCCtx()'),
    setParameter: functionOf('size_t ZSTD_CCtx_setParameter(void *context, int parameter, int value)'),
    compress: functionOf('size_t ZSTD_compressStream2(void *context, void *output, void *input, int directive)'),
    freeCompression: functionOf('size_t ZSTD_freeCCtx(void *context)'),
    checked(result: number | bigint, what = 'zstd'): number {
      if (isError(result) === 0) return Number(result)
      return fail('FailedPrecondition', { what, why: `they are damaged: ${errorName(result)}` })
    },
  }
}
