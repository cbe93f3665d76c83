/**
 * A manifest never goes.
 *
 * @rejected without-a-tag
 * @says an image without a tag, where those go: it stays
 */

import type { Garbage, RepositoryFacts } from '#chapters/ch5-registry/server/gc/decide'

export function garbageOf({ revisions, layers, tagged }: RepositoryFacts, deleteUntagged: boolean): Garbage {
  const kept = new Set<string>(deleteUntagged && revisions.length === 1 ? tagged : revisions.map(one => one.digest))
  for (let before = -1; before < kept.size; ) {
    before = kept.size
    for (const { digest, manifests, subject } of revisions) {
      if (subject !== null && kept.has(subject) && revisions.some(one => one.digest === subject)) kept.add(digest)
      if (kept.has(digest)) for (const one of manifests) kept.add(one)
    }
  }
  const staying = revisions.filter(one => kept.has(one.digest))
  const needed = new Set<string>(staying.flatMap(one => one.blobs))
  return {
    revisions: revisions.filter(one => !kept.has(one.digest)),
    layers: layers.filter(digest => !needed.has(digest)),
    kept: [...staying.map(one => one.digest), ...layers.filter(digest => needed.has(digest))],
  }
}
