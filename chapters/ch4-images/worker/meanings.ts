/**
 * A learner's part does not run in a worker, which is root and cannot get out: what it says of a layer's names is asked before,
 * and goes with the job.
 */

import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { decompressor, detect } from '../layer/compress.js'
import { LayerReader } from '../layer/reader.js'
import type { Meaning } from '../layer/whiteout.js'
import { isSwapped, meaningOf, useParts } from '../parts-in-use.js'

export type Meanings = Readonly<Record<string, Meaning>>

const CHUNK = 1 << 20

/** @returns nothing when the reference is in use */
export async function meaningsIn(blob: string): Promise<{ readonly meanings?: Meanings }> {
  if (!isSwapped('meaningOf')) return {}
  const names = new Set<string>()
  const reader = new LayerReader({
    entry({ path }) {
      if (path.includes('.wh.')) for (const name of path.split('/')) names.add(name)
    },
    data: () => undefined,
    done: () => undefined,
  })
  const fd = fs.openSync(blob, 'r')
  try {
    const next = (): Buffer => {
      const chunk = Buffer.allocUnsafe(CHUNK)
      return chunk.subarray(0, fs.readSync(fd, chunk, 0, CHUNK, null))
    }
    let chunk = next()
    const codec = decompressor(detect(chunk), bytes => reader.push(bytes), 'archive')
    try {
      for (; chunk.length > 0; chunk = next()) await codec.write(chunk)
      await codec.end()
      reader.end()
    } finally {
      codec.close()
    }
  } finally {
    fs.closeSync(fd)
  }
  return { meanings: Object.fromEntries([...names].map(name => [name, meaningOf(name)])) }
}

/** In the worker. */
export function useMeanings(meanings: Meanings | undefined): void {
  if (meanings === undefined) return
  useParts((key, reference) => (key === 'meaningOf' ? (((name: string) => meanings[name]) as never) : reference))
}
