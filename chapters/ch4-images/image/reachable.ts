/**
 * What an image needs of the store: the documents that lead from a name to its layers, the layers, and the snapshots that
 * they are unpacked to. What cannot be read is kept, and leads no further.
 */

import { MiniDockerError } from '#core/errors'
import type { Descriptor, ImageConfig, Index, Manifest } from '#core/spec/image'
import { chainIds } from '../parts-in-use.js'
import type { ContentStore } from '../store/content.js'

export interface Needs {
  /** Digests of blobs. */
  readonly blobs: Set<string>
  /** Keys of snapshots. */
  readonly snapshots: Set<string>
}

export const nothing = (): Needs => ({ blobs: new Set(), snapshots: new Set() })

/** Adds to `needs`; an index leads to the manifests of all platforms that are there. */
export function addReachable(store: ContentStore, { digest }: Pick<Descriptor, 'digest'>, needs: Needs): void {
  if (needs.blobs.has(digest)) return
  needs.blobs.add(digest)
  const { manifests, config, layers } = documentOf<Index & Manifest>(store, digest)
  for (const child of listOf(manifests)) addReachable(store, child, needs)
  for (const layer of listOf(layers)) needs.blobs.add(layer.digest)
  if (typeof config?.digest !== 'string') return
  needs.blobs.add(config.digest)
  const diffIds = documentOf<ImageConfig>(store, config.digest).rootfs?.diff_ids
  for (const chainId of chainIds(listOf(diffIds))) needs.snapshots.add(chainId)
}

/** {} for what is not there, or no document: an index may list platforms that were never loaded. */
function documentOf<T>(store: ContentStore, digest: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(store.read(digest).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Partial<T>) : {}
  } catch (error) {
    // but a disk that cannot be read must not make anything look unused
    if (error instanceof SyntaxError || (error instanceof MiniDockerError && error.cause === undefined)) return {}
    throw error
  }
}

const listOf = <T>(value: readonly T[] | undefined): readonly T[] => (Array.isArray(value) ? value : [])
