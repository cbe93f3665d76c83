/**
 * What is about an image has no tag, and goes.
 *
 * @rejected about-another
 * @says a signature of an image with a tag: it goes
 */

import type { Garbage, RepositoryFacts } from '#chapters/ch5-registry/server/gc/decide'

export function garbageOf({ revisions, layers, tagged }: RepositoryFacts, deleteUntagged: boolean): Garbage {
  const kept = new Set<string>(deleteUntagged ? tagged : revisions.map(one => one.digest))
  for (let before = -1; before < kept.size; ) {
    before = kept.size
    for (const { digest, manifests } of revisions) {
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
