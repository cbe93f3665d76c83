/**
 * The cache key of a step: two steps with the same key make the same layer, so the second one need not be performed.
 *
 * Whatever a step can see goes in, nothing else: a label changes no file, a timestamp of a source is not its content, and the
 * value of a proxy or a secret must not leave a trace. Lists stay lists: `["a b"]` and `["a", "b"]` are different commands.
 */

import { canonical } from './canonical.js'

/** What a step finds: the tree below it. */
export interface Ground {
  /** Chain id of the layers below, null for scratch. */
  readonly chainId: string | null
  /** linux/amd64 */
  readonly platform: string
}

/** One file, directory or link of a COPY. */
export interface Copied {
  /** Below the target; '' is the target itself. */
  readonly path: string
  readonly kind: string
  /** Permission bits, after --chmod. */
  readonly mode: number
  /** As it will be: 0:0 of the build context, or as --chown says, in numbers or names. */
  readonly owner: string
  /** Digest of a file's content, the text of a link, the numbers of a device. */
  readonly content: string
  /** Extended attributes, by name. */
  readonly xattrs?: Readonly<Record<string, string>>
  /** Nanoseconds since 1970, in digits. In the layer, but no reason to make a new one. */
  readonly mtime: string
}

export interface MountSeen {
  readonly type: string
  readonly target: string
  /** Digest of what a bind mount shows; a cache's name. null: what it holds is not for the image. */
  readonly content: string | null
  readonly options: readonly string[]
}

export type StepSeen =
  | {
      readonly kind: 'RUN'
      readonly args: readonly string[]
      /** ENV of the image. Their order does not matter. */
      readonly env: Readonly<Record<string, string>>
      /** ARGs that are in scope. */
      readonly buildArgs: Readonly<Record<string, string>>
      /** Of --build-arg, known without an ARG: they say how to reach a network, not what is built. */
      readonly proxies: Readonly<Record<string, string>>
      readonly cwd: string
      readonly user: string
      readonly network: string
      readonly mounts: readonly MountSeen[]
    }
  | {
      readonly kind: 'COPY' | 'ADD'
      /** Absolute; with a slash at its end, a directory is meant. */
      readonly target: string
      readonly files: readonly Copied[]
    }
  | { readonly kind: 'WORKDIR'; readonly path: string; readonly user: string }

/** Two of one path stay as they are: the later one is what counts. */
const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0

// #region part
/** @returns the text whose digest is the key: same text, same layer */
export function cacheKeyText(ground: Ground, step: StepSeen): string {
  // #region solution
  const key = (seen: object): string => canonical({ ground, step: seen })
  if (step.kind === 'WORKDIR') return key(step)
  if (step.kind === 'RUN') {
    const { proxies, ...seen } = step
    return key(seen)
  }
  const files = step.files.map(({ mtime, ...file }) => file)
  // the order in which a directory is read is chance
  return key({ ...step, files: files.sort(byPath) })
  // #endregion solution
}
// #endregion part
