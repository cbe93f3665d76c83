/**
 * A snapshotter keeps file systems that build on each other. It says how to mount them, and mounts nothing: so the same code
 * serves a container, a worker, and a page that only wants to show it. Source: containerd's snapshots
 * (docs/snapshotters/README.md), whose words these are.
 *
 * A snapshot is *committed* (unchangeable, under a name: the chain ID of its layers), *active* (somebody writes into it,
 * under a key of theirs) or a *view* (read-only, under a key). Only a committed one can be a parent.
 */

/** What makes the root file system at one place. Pure data: `mount-steps` makes steps of it. */
export type RootMount =
  | { readonly type: 'bind'; readonly source: string; readonly readonly: boolean }
  | {
      readonly type: 'overlay'
      /** Absolute: the other directories are relative to it, so that a hundred of them fit into one page of options. */
      readonly base: string
      /** The topmost first, as overlayfs wants them. */
      readonly lower: readonly string[]
      /** null: read-only. */
      readonly upper: string | null
      readonly work: string | null
      /** Beside the directories: `userxattr`, `index=off` … */
      readonly options: readonly string[]
    }

export type SnapshotKind = 'committed' | 'active' | 'view'

export interface SnapshotInfo {
  readonly key: string
  readonly kind: SnapshotKind
  /** Name of a committed one. */
  readonly parent: string | null
  /** Milliseconds since 1970. */
  readonly created: number
}

export interface Usage {
  readonly bytes: number
  readonly inodes: number
}

export interface Snapshotter {
  readonly name: string
  /** A place to write in, on top of `parent`. @throws MiniDockerError AlreadyExists, NotFound (the parent) */
  prepare(key: string, parent: string | null): RootMount
  /** The same to read only. */
  view(key: string, parent: string): RootMount
  /** How an active one or a view is mounted. @throws MiniDockerError NotFound, FailedPrecondition for a committed one */
  mounts(key: string): RootMount
  /** Where what was written since `prepare` lies; of a copying snapshotter the whole tree does. */
  upperOf(key: string): string
  /** Makes an active one unchangeable, under `name`; it is on the disk then. @throws MiniDockerError AlreadyExists */
  commit(name: string, key: string): void
  /**
   * @param neverCommitted nobody ever began to commit it, and so none builds on it, nor has its directory: the other records
   *   need not be read @throws MiniDockerError NotFound, FailedPrecondition while others build on it
   */
  remove(key: string, how?: { readonly neverCommitted: boolean }): void
  stat(key: string): SnapshotInfo | null
  list(): readonly SnapshotInfo[]
  /** Whether its files are where its record says; true where there is none. */
  isWhole(key: string): boolean
  /** What it takes by itself, without its parents. @throws EACCES where its files are of IDs that are not this user's */
  usage(key: string): Usage
  /** Keeps what a worker counted. */
  noteUsage(key: string, usage: Usage): void
  /** Removes all of these, whose children are among them, to the trash. Under the lock. @returns where they are now */
  discard(keys: ReadonlySet<string>): readonly string[]
  /** Directories that belong to nobody, to the trash. Under the lock. @returns where they are now */
  sweep(): readonly string[]
}
