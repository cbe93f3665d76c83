/**
 * Pull: from a name to an image that is here, whole and verified. Nothing has the name before everything that it leads to is
 * committed and unpacked; what was fetched when it fails stays for the next try.
 */

import type { Progress } from '#core/cli/progress'
import { fail } from '#core/errors'
import { type Digest, shortOf } from '#core/spec/digest'
import { type Descriptor, mediaTypes, type Platform } from '#core/spec/image'
import { type Images, imageStore, type Lease } from '../../../ch4-images/index.js'
import { familiarName, tagOrDigest } from '../../reference/format.js'
import type { Reference } from '../../reference/read.js'
import type { About } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { fetchBlob, type Place } from '../transfer/fetch-blob.js'
import { noteSource } from './blob-sources.js'
import { eachOf } from './limit.js'
import {
  type Document,
  descriptorsIn,
  getManifest,
  headManifest,
  indexTypes,
  MANIFEST_MAX,
  parseDocument,
} from './manifest.js'
import { unpackAsTheyCome } from './unpack-arriving.js'

export interface PullWish {
  /** null: this machine's of an index, which is kept whole. */
  readonly platform: Platform | null
  readonly allPlatforms: boolean
  /** Blobs at once. */
  readonly downloads: number
}

export interface Pulled {
  /** What the tag stands for there. */
  readonly digest: Digest
  /** What has the name now. */
  readonly target: Descriptor
  readonly isNew: boolean
}

interface Pulling extends Place {
  readonly images: Images
  readonly reference: Reference
  readonly wish: PullWish
  readonly progress: Progress
  readonly about: About
}

/** @throws MiniDockerError */
export async function pullImage(
  images: Images,
  registry: Registry,
  reference: Reference,
  wish: PullWish,
  progress: Progress,
): Promise<Pulled> {
  const { Lease: NewLease } = await imageStore()
  const lease: Lease = new NewLease(images.store).begin()
  const stop = new AbortController()
  const about = { what: `image '${familiarName(reference)}'`, domain: registry.domain }
  const pulling: Pulling = {
    ...{ images, registry, reference, wish, progress, about, lease },
    ...{ path: reference.path, store: images.store, stopped: stop.signal },
  }
  try {
    return await pull(pulling, stop)
  } finally {
    stop.abort()
    lease.end()
  }
}

async function pull(pulling: Pulling, stop: AbortController): Promise<Pulled> {
  const { images, registry, reference, wish, about } = pulling
  const which = tagOrDigest(reference)
  const head = await headManifest(registry, reference.path, which, about)
  const expected = { ...head, ...(reference.digest === null ? {} : { digest: reference.digest }) }
  const top = await take(pulling, head?.digest ?? which, expected)
  const isIndex = indexTypes.includes(top.descriptor.mediaType)
  const manifests = isIndex ? await choose(pulling, top) : [top]
  const name = reference.digest === null ? familiarName(reference) : null
  const target = wish.platform === null || wish.allPlatforms ? top.descriptor : manifests[0]!.descriptor
  const before = name === null ? null : images.names.get(name)
  let fetched = 0
  for (const manifest of manifests) fetched += await takeImage(pulling, manifest, stop)
  const isNew = fetched > 0 || (name !== null && before?.digest !== target.digest)
  images.store.locked(() => {
    if (name === null) images.names.add(target)
    else if (before?.digest !== target.digest || images.names.get(name) === null) images.names.set(name, target)
  })
  return { digest: top.descriptor.digest, target, isNew }
}

/** A manifest or index, from here if it is here. Into the store, where the lease keeps it. */
async function take(pulling: Pulling, which: string, expected: Partial<Descriptor>): Promise<Document> {
  const { store, lease, registry, reference, about } = pulling
  const { digest, mediaType, size } = expected
  if (digest !== undefined && mediaType !== undefined) {
    lease.keepBlob(digest)
    if (store.has(digest) && (size === undefined || store.sizeOf(digest) === size)) {
      const bytes = store.read(digest)
      return { bytes, descriptor: { mediaType, digest, size: bytes.length } }
    }
  }
  const document = await getManifest(registry, reference.path, which, about, expected)
  store.put(document.bytes, lease)
  return document
}

/** Those manifests of an index that are wanted. @throws MiniDockerError NotFound naming those that are there */
async function choose(pulling: Pulling, index: Document): Promise<Document[]> {
  const { images, wish, about } = pulling
  const { choosePlatform, platformText } = await imageStore()
  const all = descriptorsIn(parseDocument(index.bytes, about).manifests, about)
  const wanted = wish.platform ?? images.platform
  const real = all.filter(({ platform }) => platform === undefined || platform.os !== 'unknown')
  const one = choosePlatform(all, wanted)
  const chosen = wish.allPlatforms ? real : one === undefined ? [] : [one]
  if (chosen.length === 0) {
    const there = real.flatMap(({ platform }) => (platform === undefined ? [] : [platformText(platform)]))
    fail('NotFound', {
      what: about.what,
      why: `has nothing for ${platformText(wanted)}, only ${there.slice(0, 20).join(', ') || 'nothing'}`,
      hint: '--platform chooses one of them',
    })
  }
  const documents: Document[] = []
  for (const child of chosen) {
    if (indexTypes.includes(child.mediaType)) {
      fail('Unsupported', { what: about.what, why: 'is an index of indexes', hint: 'ch5 copy takes it as it is' })
    }
    const document = await take(pulling, child.digest, child)
    documents.push({
      ...document,
      descriptor: { ...document.descriptor, ...(child.platform && { platform: child.platform }) },
    })
  }
  return documents
}

const configTypes: readonly string[] = [mediaTypes.config, mediaTypes.dockerConfig]

/** @returns bytes that came */
async function takeImage(pulling: Pulling, { descriptor, bytes }: Document, stop: AbortController): Promise<number> {
  const { images, store, wish, about, progress, reference } = pulling
  const document = parseDocument(bytes, about)
  const [config] = descriptorsIn([document.config], about)
  const layers = descriptorsIn(document.layers, about)
  if (!configTypes.includes(config!.mediaType)) {
    fail('Unsupported', {
      what: about.what,
      why: `is no image to run: its config is ${config!.mediaType}`,
      hint: 'ch5 copy takes it into an OCI layout',
    })
  }
  if (config!.size > MANIFEST_MAX) {
    fail('FailedPrecondition', {
      what: about.what,
      why: `its config has ${config!.size} bytes, and is no document then`,
    })
  }
  let fetched = await fetchBlob(pulling, config!, () => undefined)
  const { readImage, platformText } = await imageStore()
  const image = readImage(store, descriptor, images.platform)
  const platform = descriptor.platform === undefined ? wish.platform : null // an index has said what it is for
  if (platform !== null && (image.config.os !== platform.os || image.config.architecture !== platform.architecture)) {
    fail('NotFound', {
      what: about.what,
      why: `is for ${platformText(image.config)}, not ${platformText(platform)}`,
      hint: 'leave --platform out',
    })
  }
  const arriving = unpackAsTheyCome(pulling, image)
  const unique = [...new Map(layers.map(layer => [layer.digest, layer])).values()]
  const fetchAll = eachOf(unique, wish.downloads, async layer => {
    const part = progress.begin(shortOf(layer.digest), 'Pulling fs layer', null)
    let isTurned = false
    const bytes = await fetchBlob(pulling, layer, at => {
      if (!isTurned) part.turn('Downloading', layer.size)
      isTurned = true
      part.at(at)
    })
    fetched += bytes
    arriving.arrived(layer, part, bytes === 0 && !isTurned)
  }).catch(error => {
    stop.abort()
    arriving.failed()
    throw error
  })
  const settled = await Promise.allSettled([fetchAll, arriving.done])
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  noteSource(images, [config!.digest, ...unique.map(({ digest }) => digest)], reference.domain, reference.path)
  return fetched
}
