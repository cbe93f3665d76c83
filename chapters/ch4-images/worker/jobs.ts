/**
 * What a worker can be asked to do. A job is prepared with the host's paths in sight: what it reads from and writes to is
 * opened then. It is performed inside the tree, where nothing else can be reached.
 */

import * as fs from 'node:fs'
import type { Digest } from '#core/spec/digest'
import type { Compression } from '../layer/compress.js'
import { packLayer } from '../layer/pack.js'
import { unpackLayer } from '../layer/unpack.js'

/** JSON both ways. */
export interface Jobs {
  /** A layer's blob onto the tree. */
  readonly unpack: {
    readonly arguments: { readonly blob: string }
    readonly result: { readonly diffId: Digest; readonly digest: Digest; readonly size: number; readonly bytes: number }
  }
  /** The tree into a layer's blob. */
  readonly pack: {
    readonly arguments: {
      /** The file that is written: an ingest's. */
      readonly out: string
      readonly compression: Compression
      readonly level?: number
      /** Whether the marks of an overlay's upper directory become `.wh.` names. */
      readonly whiteouts: 'overlay' | 'none'
      /** Patterns of paths that are left out. */
      readonly exclude?: readonly string[]
      /** No time is later than that, in seconds since 1970: SOURCE_DATE_EPOCH. */
      readonly clampMtime?: number
    }
    readonly result: { readonly diffId: Digest; readonly digest: Digest; readonly size: number; readonly bytes: number }
  }
}

export type JobName = keyof Jobs
type Progress = (bytes: number) => void
type Prepare<N extends JobName> = (
  given: Jobs[N]['arguments'],
  progress: Progress,
) => Promise<() => Promise<Jobs[N]['result']>>

const table: { readonly [N in JobName]: Prepare<N> } = {
  async unpack({ blob }, progress) {
    const fd = fs.openSync(blob, 'r')
    const { size } = fs.fstatSync(fd)
    return () => unpackLayer({ blob: fd, size, root: '/', progress })
  },
  async pack({ out, ...options }, progress) {
    const fd = fs.openSync(out, 'r+')
    return () => packLayer({ root: '/', out: fd, ...options, progress })
  },
}

export const prepare = <N extends JobName>(
  job: N,
  given: Jobs[N]['arguments'],
  progress: Progress,
): Promise<() => Promise<Jobs[N]['result']>> => table[job](given, progress)
