/**
 * What a worker can be asked to do. A job is prepared with the host's paths in sight: what it reads from and writes to is
 * opened then. It is performed inside the tree, where nothing else can be reached.
 */

import * as fs from 'node:fs'
import type { Digest } from '#core/spec/digest'
import { performTake, type TakeArguments } from '../build/take-job.js'
import { ignorePatterns } from '../dockerfile/ignore.js'
import { changes } from '../layer/changes.js'
import type { Compression } from '../layer/compress.js'
import { packEntries, packLayer } from '../layer/pack.js'
import { unpackLayer } from '../layer/unpack.js'
import { copyTree } from '../snapshot/copy-tree.js'
import { removeTree } from '../snapshot/remove-tree.js'
import { type Resolved, resolveInLayers } from '../snapshot/resolve-in-layers.js'
import type { Usage } from '../snapshot/snapshotter.js'
import { usageOf } from '../snapshot/usage.js'
import { type ArchiveWish, archive } from './archive.js'
import { changesBetween, changesIn, type Written } from './changes.js'
import { type ExtractWish, extract } from './extract.js'
import { type Meanings, useMeanings } from './meanings.js'

/** JSON both ways. */
export interface Jobs {
  /** A layer's blob onto the tree. */
  readonly unpack: {
    readonly arguments: { readonly blob: string; readonly meanings?: Meanings }
    readonly result: { readonly diffId: Digest; readonly digest: Digest; readonly size: number }
  }
  /** The tree into a layer's blob. */
  readonly pack: {
    readonly arguments: {
      /** The file that is written: an ingest's. */
      readonly out: string
      readonly compression: Compression
      readonly level?: number
      /** Only what the second of these two trees has other than the first. */
      readonly between?: Between
      /** Whether the marks of an overlay's upper directory become `.wh.` names. */
      readonly whiteouts: 'overlay' | 'none'
      /** Patterns of paths that are left out. */
      readonly exclude?: readonly string[]
      /** No time is later than that, in seconds since 1970: SOURCE_DATE_EPOCH. */
      readonly clampMtime?: number
    }
    readonly result: { readonly diffId: Digest; readonly digest: Digest; readonly size: number }
  }
  /** What differs between two trees, both below this one, into a layer's blob: where no overlay says it. */
  readonly packChanges: {
    readonly arguments: {
      readonly out: string
      readonly before: string
      readonly after: string
      readonly clampMtime?: number
    }
    readonly result: { readonly diffId: Digest; readonly digest: Digest; readonly size: number }
  }
  /** Files of the tree into a directory of the host's: COPY --from. */
  readonly take: {
    readonly arguments: TakeArguments
    readonly result: { readonly files: number }
  }
  /** Where paths lead in the tree: a caller may not look into every directory of it. */
  readonly resolve: {
    readonly arguments: { readonly paths: readonly string[] }
    readonly result: { readonly resolved: readonly Resolved[] }
  }
  /** A file or a tree into an archive, which goes out by fd 1. */
  readonly archive: { readonly arguments: ArchiveWish; readonly result: { readonly bytes: number } }
  /** An archive, which comes in by fd 1, into the tree. */
  readonly extract: { readonly arguments: ExtractWish; readonly result: { readonly entries: number } }
  /** The whole tree into an archive, which goes out by fd 1: as a layer, without anybody's whiteouts. */
  readonly export: { readonly arguments: Record<string, never>; readonly result: { readonly bytes: number } }
  /** What an upper directory holds, or what the second of two trees has other than the first. */
  readonly changes: { readonly arguments: { readonly between?: Between }; readonly result: readonly Written[] }
  /** Directories that lie at the top of the tree, with all that is in them. */
  readonly remove: { readonly arguments: { readonly names: readonly string[] }; readonly result: Record<string, never> }
  /** What the tree takes. */
  readonly usage: { readonly arguments: Record<string, never>; readonly result: Usage }
  /** Of two paths in the tree the one onto the other, an empty directory. */
  readonly copy: {
    readonly arguments: { readonly from: string; readonly to: string }
    readonly result: Record<string, never>
  }
}

/** Paths in the tree. */
export interface Between {
  readonly old: string
  readonly now: string
}

export type JobName = keyof Jobs
type Progress = (bytes: number) => void
type Prepare<N extends JobName> = (
  given: Jobs[N]['arguments'],
  progress: Progress,
) => Promise<() => Promise<Jobs[N]['result']>>

const STREAM = 1

const table: { readonly [N in JobName]: Prepare<N> } = {
  async unpack({ blob, meanings }) {
    useMeanings(meanings)
    const fd = fs.openSync(blob, 'r')
    return () => unpackLayer({ blob: fd, root: '/' })
  },
  async pack({ out, exclude = [], between, ...options }) {
    const fd = fs.openSync(out, 'r+')
    const { ignores } = ignorePatterns(exclude)
    return between === undefined
      ? () => packLayer({ root: '/', out: fd, ...options, exclude: ignores })
      : () => packEntries(changes(between.old, between.now, { exclude: ignores }), { out: fd, ...options })
  },
  async packChanges({ out, before, after, ...options }) {
    const fd = fs.openSync(out, 'r+')
    return () => packEntries(changes(`/${before}`, `/${after}`), { out: fd, compression: 'gzip', ...options })
  },
  async take(given) {
    const out = fs.openSync(given.out, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    return async () => performTake('/.', out, given)
  },
  resolve:
    async ({ paths }) =>
    async () => ({ resolved: paths.map(path => resolveInLayers(['/.'], path)) }),
  archive: async wish => async () => archive(wish, STREAM),
  extract: async wish => async () => extract(wish, STREAM),
  export: async () => async () => archive({ path: '/', as: '', follow: true }, STREAM),
  changes:
    async ({ between }) =>
    async () =>
      between === undefined ? changesIn('/') : changesBetween(between.old, between.now),
  remove:
    async ({ names }) =>
    async () => {
      for (const name of names) removeTree(`/${name}`)
      return {}
    },
  usage: async () => async () => usageOf('/'),
  copy:
    async ({ from, to }) =>
    async () => {
      copyTree(`/${from}`, `/${to}`)
      return {}
    },
}

export const prepare = <N extends JobName>(
  job: N,
  given: Jobs[N]['arguments'],
  progress: Progress,
): Promise<() => Promise<Jobs[N]['result']>> => table[job](given, progress)
