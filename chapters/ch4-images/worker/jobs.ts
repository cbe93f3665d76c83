/**
 * What a worker can be asked to do. A job begins with the host's paths in sight: what it reads from and writes to is opened
 * then. It enters the tree before it touches what is in there, and then nothing else can be reached.
 */

import * as fs from 'node:fs'
import type { Digest } from '#core/spec/digest'
import { performTake, type TakeArguments } from '../build/take-job.js'
import { ignorePatterns } from '../dockerfile/ignore.js'
import { changes } from '../layer/changes.js'
import { type Compression, readyFor } from '../layer/compress.js'
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
    readonly result: { readonly diffId: Digest; readonly size: number }
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

/** What a job may do with the place where it is performed. */
export interface Site {
  /** The tree as the host names it; null for that of a running container. */
  readonly root: string | null
  /** Changes the root to it. */
  readonly enter: () => void
  readonly progress: (bytes: number) => void
}

/**
 * A job that needs a library loads it before it enters: inside, the library of that name is the image's, and would be run with
 * our rights (CVE-2019-14271).
 */
type Job<N extends JobName> = (given: Jobs[N]['arguments'], site: Site) => Promise<Jobs[N]['result']>

const STREAM = 1
const noRoom = 'the disk has no more room: mini-docker ch4 prune, or MINI_DOCKER_ROOT on another one'

const table: { readonly [N in JobName]: Job<N> } = {
  unpack({ blob, meanings }, { root, enter, progress }) {
    useMeanings(meanings)
    const limits = root === null ? {} : { maxBytes: roomIn(root), hint: noRoom }
    return unpackLayer({ blob: fs.openSync(blob, 'r'), root: '/', enter, progress }, limits)
  },
  pack({ out, exclude = [], between, ...options }, { enter }) {
    const fd = fs.openSync(out, 'r+')
    const { ignores } = ignorePatterns(exclude)
    readyFor(options.compression)
    enter()
    return between === undefined
      ? packLayer({ root: '/', out: fd, ...options, exclude: ignores })
      : packEntries(changes(between.old, between.now, { exclude: ignores }), { out: fd, ...options })
  },
  packChanges({ out, before, after, ...options }, { enter }) {
    const fd = fs.openSync(out, 'r+')
    enter()
    return packEntries(changes(`/${before}`, `/${after}`), { out: fd, compression: 'gzip', ...options })
  },
  async take(given, { enter }) {
    const out = fs.openSync(given.out, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    enter()
    return performTake('/.', out, given)
  },
  async resolve({ paths }, { enter }) {
    enter()
    return { resolved: paths.map(path => resolveInLayers(['/.'], path)) }
  },
  async archive(wish, { enter }) {
    enter()
    return archive(wish, STREAM)
  },
  async extract(wish, { enter }) {
    enter()
    return extract(wish, STREAM)
  },
  async export(_, { enter }) {
    enter()
    return archive({ path: '/', as: '', follow: true }, STREAM)
  },
  async changes({ between }, { enter }) {
    enter()
    return between === undefined ? changesIn('/') : changesBetween(between.old, between.now)
  },
  async remove({ names }, { enter }) {
    enter()
    for (const name of names) removeTree(`/${name}`)
    return {}
  },
  async usage(_, { enter }) {
    enter()
    return usageOf('/')
  },
  async copy({ from, to }, { enter }) {
    enter()
    copyTree(`/${from}`, `/${to}`)
    return {}
  },
}

/** Bytes that may be written there, less what a file system needs to go on breathing. statfs(2) */
function roomIn(root: string): number {
  const { bavail, bsize } = fs.statfsSync(root)
  return Math.floor(bavail * bsize * 0.95)
}

export const perform = <N extends JobName>(
  job: N,
  given: Jobs[N]['arguments'],
  site: Site,
): Promise<Jobs[N]['result']> => table[job](given, site)
