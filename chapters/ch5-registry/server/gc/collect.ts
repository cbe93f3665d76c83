/**
 * Garbage collection, while pushes and pulls go on: repositories are read one after the other, what no manifest names is
 * unlinked, and blobs that nobody links to any more are removed.
 *
 * It takes nothing that was used since `since` (`leases`), nor what is younger on the disk. So a push that began before it, or
 * while it runs, finds all that it was told is there; and what is removed is decided once more at the moment of the removal.
 */

import type { Digest } from '#core/spec/digest'
import { garbageOf } from '../../parts-in-use.js'
import { readDocument } from '../manifest/document.js'
import type { Repositories } from '../repositories.js'
import { blobKey, layerKey, revisionKey } from '../storage/layout.js'
import { mustBeAllThere } from './all-there.js'
import type { RepositoryFacts, RevisionFacts } from './decide.js'

export interface Collection {
  /** `repository@digest` of manifests and of links. */
  readonly manifests: readonly string[]
  readonly links: readonly string[]
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[]
}

export interface CollectSettings {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly deleteUntagged: boolean
  /** Only say what would go. */
  readonly dryRun: boolean
}

/** @throws MiniDockerError FailedPrecondition where not all repositories are to be seen: nothing is removed then */
export async function collect(repositories: Repositories, settings: CollectSettings): Promise<Collection> {
  await mustBeAllThere(repositories, settings.dryRun)
  const found = { manifests: [] as string[], links: [] as string[], blobs: [] as { digest: Digest; size: number }[] }
  const kept = new Set<Digest>()
  for (const name of await repositories.names()) {
    const facts = await factsOf(repositories, name)
    const garbage = garbageOf(facts, settings.deleteUntagged)
    for (const digest of garbage.kept) kept.add(digest)
    for (const { digest, subject } of garbage.revisions) {
      const remove = () => repositories.removeManifest(name, digest, subject)
      if (await take(repositories, digest, revisionKey(name, digest), settings, remove)) {
        found.manifests.push(`${name}@${digest}`)
      } else keepWhole(kept, facts, digest)
    }
    for (const digest of garbage.layers) {
      const remove = () => repositories.unlinkBlob(name, digest)
      const isFree = !isNeeded(facts, digest, kept) // by a manifest that could not be taken
      if (isFree && (await take(repositories, digest, layerKey(name, digest), settings, remove))) {
        found.links.push(`${name}@${digest}`)
      } else kept.add(digest)
    }
  }
  for (const digest of await repositories.blobs()) {
    if (kept.has(digest)) continue
    const key = blobKey(digest)
    const size = (await repositories.storage.stat(key))?.size ?? 0
    if (await take(repositories, digest, key, settings, () => repositories.storage.remove(key))) {
      found.blobs.push({ digest, size })
    }
  }
  return found
}

/** @returns whether it went, or would */
async function take(
  { storage, leases }: Repositories,
  digest: Digest,
  key: string,
  { since, dryRun }: CollectSettings,
  action: () => Promise<boolean>,
): Promise<boolean> {
  const stat = await storage.stat(key)
  if (stat === null || stat.modified >= since || leases.usedSince(digest, since)) return false
  return dryRun || (await leases.remove(digest, since, action)) === true
}

/** A manifest that somebody uses keeps what it needs. */
function keepWhole(kept: Set<Digest>, { revisions }: RepositoryFacts, digest: Digest): void {
  kept.add(digest)
  for (const one of revisions.find(revision => revision.digest === digest)?.blobs ?? []) kept.add(one)
}

const isNeeded = ({ revisions }: RepositoryFacts, digest: Digest, kept: ReadonlySet<Digest>): boolean =>
  revisions.some(revision => kept.has(revision.digest) && revision.blobs.includes(digest))

async function factsOf(repositories: Repositories, name: string): Promise<RepositoryFacts> {
  const layers = await repositories.layers(name) // before the manifests: one that comes meanwhile has used what it names
  const tagged: Digest[] = []
  for (const tag of await repositories.tags(name)) {
    const digest = await repositories.digestOfTag(name, tag)
    if (digest !== null) tagged.push(digest)
  }
  const revisions: RevisionFacts[] = []
  for (const digest of await repositories.revisions(name)) {
    const mediaType = await repositories.storage.get(revisionKey(name, digest))
    const bytes = mediaType === null ? null : await repositories.manifestBytes(digest)
    const document = bytes === null ? null : readDocument(bytes, mediaType!.toString())
    // one that cannot be read keeps nothing: it cannot be pulled either
    const { blobs, manifests, subject } =
      document === null || 'wrong' in document ? { blobs: [], manifests: [], subject: null } : document
    revisions.push({
      digest,
      blobs: blobs.map(one => one.digest),
      manifests: manifests.map(one => one.digest),
      subject,
    })
  }
  return { name, revisions, tagged, layers }
}
