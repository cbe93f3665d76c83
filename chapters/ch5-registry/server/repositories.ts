/**
 * Repositories: which blobs, manifests and tags each has. Bytes lie once under their digest; a repository has a link to them,
 * and who may read it sees no more than what is linked there.
 */

import type { Digest } from '#core/spec/digest'
import type { Descriptor } from '#core/spec/image'
import type { Span } from '../protocol/range.js'
import { isRepository, isTag } from '../protocol/routes.js'
import type { Leases } from './leases.js'
import * as layout from './storage/layout.js'
import type { Bytes, Storage } from './storage/storage.js'

export interface StoredManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
}

const digests = (names: readonly string[]): Digest[] =>
  names.filter(name => /^[0-9a-f]{64}$/.test(name)).map(name => `sha256:${name}`)

export class Repositories {
  readonly storage: Storage
  readonly leases: Leases

  constructor(storage: Storage, leases: Leases) {
    this.storage = storage
    this.leases = leases
  }

  /** Bytes of a blob that this repository has; null when it has none. From here on it stays for a while. */
  async blobSize(name: string, digest: Digest): Promise<number | null> {
    await this.leases.use(digest)
    const link = await this.storage.stat(layout.layerKey(name, digest))
    return link === null ? null : ((await this.storage.stat(layout.blobKey(digest)))?.size ?? null)
  }

  readBlob(digest: Digest, span?: Span): Promise<Bytes | null> {
    return this.storage.read(layout.blobKey(digest), span)
  }

  async linkBlob(name: string, digest: Digest): Promise<void> {
    await this.storage.put(layout.layerKey(name, digest), '')
  }

  async unlinkBlob(name: string, digest: Digest): Promise<boolean> {
    return this.storage.remove(layout.layerKey(name, digest))
  }

  /** What an upload became: visible to all who have a link, and then to this repository. */
  async commitBlob(name: string, upload: string, digest: Digest): Promise<void> {
    await this.leases.hold([digest], async () => {
      await this.storage.commit(upload, layout.blobKey(digest))
      await this.linkBlob(name, digest)
    })
  }

  async digestOfTag(name: string, tag: string): Promise<Digest | null> {
    return (await this.storage.get(layout.tagKey(name, tag)))?.toString() ?? null
  }

  async manifest(name: string, digest: Digest): Promise<StoredManifest | null> {
    await this.leases.use(digest)
    const mediaType = await this.storage.get(layout.revisionKey(name, digest))
    const stat = mediaType === null ? null : await this.storage.stat(layout.blobKey(digest))
    return mediaType === null || stat === null ? null : { digest, mediaType: mediaType.toString(), size: stat.size }
  }

  manifestBytes(digest: Digest): Promise<Buffer | null> {
    return this.storage.get(layout.blobKey(digest))
  }

  /**
   * The bytes, then what says that they are here, and the tag last: who is cut off in between leaves what can be put again.
   * Whoever calls holds what it names.
   * @param about what it is about, and the descriptor by which that is told
   */
  async putManifest(
    name: string,
    { digest, mediaType }: Pick<StoredManifest, 'digest' | 'mediaType'>,
    bytes: Uint8Array,
    tag: string | null,
    about: { readonly subject: Digest; readonly descriptor: Descriptor } | null,
  ): Promise<void> {
    await this.storage.put(layout.blobKey(digest), bytes)
    await this.storage.put(layout.revisionKey(name, digest), mediaType)
    if (about !== null) {
      await this.storage.put(layout.referrerKey(name, about.subject, digest), JSON.stringify(about.descriptor))
    }
    if (tag !== null) await this.storage.put(layout.tagKey(name, tag), digest)
  }

  removeTag(name: string, tag: string): Promise<boolean> {
    return this.storage.remove(layout.tagKey(name, tag))
  }

  /** With the tags that stand for it: they go first, so that none is left that leads nowhere. */
  async removeManifest(name: string, digest: Digest, subject: Digest | null): Promise<boolean> {
    for (const tag of await this.tags(name)) {
      if ((await this.digestOfTag(name, tag)) === digest) await this.removeTag(name, tag)
    }
    if (subject !== null) await this.storage.remove(layout.referrerKey(name, subject, digest))
    return this.storage.remove(layout.revisionKey(name, digest))
  }

  /** In the order of their digests, from after that one on: each is read when it is asked for. */
  async *referrers(name: string, subject: Digest, after: string | null): AsyncGenerator<Descriptor> {
    for (const digest of digests(await this.storage.list(layout.referrersPrefix(name, subject)))) {
      if (after !== null && digest <= after) continue
      const bytes = await this.storage.get(layout.referrerKey(name, subject, digest))
      // entered just before the manifest itself is
      const there = bytes === null ? null : await this.storage.stat(layout.revisionKey(name, digest))
      if (bytes !== null && there !== null) yield JSON.parse(bytes.toString()) as Descriptor
    }
  }

  async tags(name: string): Promise<string[]> {
    return (await this.storage.list(layout.tagsPrefix(name))).filter(isTag)
  }

  async revisions(name: string): Promise<Digest[]> {
    return digests(await this.storage.list(layout.revisionsPrefix(name)))
  }

  async layers(name: string): Promise<Digest[]> {
    return digests(await this.storage.list(layout.layersPrefix(name)))
  }

  async blobs(): Promise<Digest[]> {
    return digests(await this.storage.list(layout.blobsPrefix))
  }

  /** Whether anything was ever put into it. */
  async exists(name: string): Promise<boolean> {
    return (await this.storage.list(layout.manifestsPrefix(name))).length > 0
  }

  /** All that there are, in the order of their names as bytes; also those that have uploads alone. */
  async names(): Promise<string[]> {
    const found: string[] = []
    const look = async (prefix: string): Promise<void> => {
      const below = await this.storage.list(`${layout.repositoriesPrefix}${prefix}`)
      if (prefix !== '' && below.some(name => name.startsWith('_'))) found.push(prefix.slice(0, -1))
      for (const name of below) {
        if (name.endsWith('/') && isRepository(name.slice(0, -1))) await look(`${prefix}${name}`)
      }
    }
    await look('')
    return found.sort()
  }
}
