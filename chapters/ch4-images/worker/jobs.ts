/**
 * What a worker can be asked to do. A job is prepared with the host's paths in sight: what it reads from and writes to is
 * opened then. It is performed inside the tree, where nothing else can be reached.
 */

import * as fs from 'node:fs'
import type { Digest } from '#core/spec/digest'
import type { Compression } from '../layer/compress.js'
import { packLayer } from '../layer/pack.js'
import { unpackLayer } from '../layer/unpack.js'
import { copyTree } from '../snapshot/copy-tree.js'
import { removeTree } from '../snapshot/remove-tree.js'
import type { Usage } from '../snapshot/snapshotter.js'
import { usageOf } from '../snapshot/usage.js'

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
  /** Directories that lie at the top of the tree, with all that is in them. */
  readonly remove: { readonly arguments: { readonly names: readonly string[] }; readonly result: Record<string, never> }
  readonly usage: { readonly arguments: object; readonly result: Usage }
  /** Of two paths in the tree the one onto the other, an empty directory. */
  readonly copy: { readonly arguments: { readonly from: string; readonly to: string }; readonly result: object }
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
  remove:
    async ({ names }) =>
    async () => {
      for (const name of names) removeTree(`/${name}`)
      return {}
    },
  async usage() {
    return async () => usageOf('/')
  },
  async copy({ from, to }) {
    return async () => {
      copyTree(`/${from}`, `/${to}`)
      return {}
    }
  },
}

export const prepare = <N extends JobName>(
  job: N,
  given: Jobs[N]['arguments'],
  progress: Progress,
): Promise<() => Promise<Jobs[N]['result']>> => table[job](given, progress)
