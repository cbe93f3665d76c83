/**
 * The cache key of a step: two steps with the same key make the same layer, so the second one need not be performed.
 *
 * Whatever a step can see goes in, nothing else: a label changes no file, a timestamp of a source is not its content, and the
 * value of a proxy or a secret must not leave a trace. Lists stay lists: `["a b"]` and `["a", "b"]` are different commands.
 */

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
  /** Nanoseconds. In the layer, but no reason to make a new one. */
  readonly mtime: bigint
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

// #region part
/** @returns the text whose digest is the key: same text, same layer */
export function cacheKeyText(ground: Ground, step: StepSeen): string {
  // #region solution
  return canonical({ version: 1, ground, step: seenOf(step) })
  // #endregion solution
}
// #endregion part

// #region solution-seen
function seenOf(step: StepSeen): unknown {
  switch (step.kind) {
    case 'RUN': {
      const { proxies, ...seen } = step
      return seen
    }
    case 'COPY':
    case 'ADD': {
      const files = step.files.map(({ mtime, ...file }) => file)
      // the order in which a directory is read is chance
      return { ...step, files: files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) }
    }
    case 'WORKDIR':
      return step
  }
}

/** JSON with the keys of objects in order: the same for the same content, and different for any other. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`
}
// #endregion solution-seen
