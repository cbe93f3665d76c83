/**
 * What garbage collection removes: decided over plain data, so that it can be looked at before anything is done.
 *
 * A manifest is kept while its repository has it, unless `deleteUntagged`: then it needs a tag, or an index or a subject that
 * is kept. A link is kept for a manifest that is kept; a blob while anybody links to it. Links go first, blobs last.
 */

import type { Digest } from '#core/spec/digest'

export interface RevisionFacts {
  readonly digest: Digest
  /** Config and layers. */
  readonly blobs: readonly Digest[]
  /** An index's. */
  readonly manifests: readonly Digest[]
  readonly subject: Digest | null
}

export interface RepositoryFacts {
  readonly name: string
  readonly revisions: readonly RevisionFacts[]
  /** What tags stand for. */
  readonly tagged: readonly Digest[]
  /** Blobs that it links to. */
  readonly layers: readonly Digest[]
}

export interface Garbage {
  readonly revisions: readonly { readonly digest: Digest; readonly subject: Digest | null }[]
  readonly layers: readonly Digest[]
  /** What it still needs when that is gone. */
  readonly kept: readonly Digest[]
}

// #region part
export function garbageOf(repository: RepositoryFacts, deleteUntagged: boolean): Garbage {
  // #region solution
  const kept = deleteUntagged ? reachable(repository) : new Set(repository.revisions.map(({ digest }) => digest))
  const needed = new Set(repository.revisions.filter(({ digest }) => kept.has(digest)).flatMap(({ blobs }) => blobs))
  return {
    revisions: repository.revisions.filter(({ digest }) => !kept.has(digest)),
    layers: repository.layers.filter(digest => !needed.has(digest)),
    kept: [...kept, ...repository.layers.filter(digest => needed.has(digest))],
  }
  // #endregion solution
}

/** From the tags on: what an index names, and what is about something that is kept. */
function reachable({ revisions, tagged }: RepositoryFacts): Set<Digest> {
  // #region solution-reachable
  const byDigest = new Map(revisions.map(revision => [revision.digest, revision]))
  const about = new Map<Digest | null, RevisionFacts[]>()
  for (const revision of revisions) {
    about.set(revision.subject, [...(about.get(revision.subject) ?? []), revision])
  }
  const kept = new Set<Digest>()
  const queue = [...tagged]
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    const revision = byDigest.get(digest)
    if (revision === undefined || kept.has(digest)) continue
    kept.add(digest)
    queue.push(...revision.manifests, ...(about.get(digest) ?? []).map(one => one.digest))
  }
  return kept
  // #endregion solution-reachable
}
// #endregion part
