/**
 * Push: blobs first, then the manifests that name them, the index last: at no moment does the registry have a name for what is not
 * all there. Source: distribution-spec "Pushing Manifests".
 */

import * as fs from 'node:fs'
import type { Progress } from '#core/cli/progress'
import { fail } from '#core/errors'
import { type Digest, shortOf } from '#core/spec/digest'
import type { Descriptor, Platform } from '#core/spec/image'
import { type ContentStore, type Images, imageStore } from '../../../ch4-images/index.js'
import { familiarName } from '../../reference/format.js'
import type { Reference } from '../../reference/read.js'
import type { About } from '../http/failure.js'
import type { Registry } from '../http/registry.js'
import { pushBlob, type Reader } from '../transfer/push-blob.js'
import { noteSource, sourcesOf } from './blob-sources.js'
import { eachOf } from './limit.js'
import { type Document, descriptorsIn, headManifest, indexTypes, parseDocument } from './manifest.js'
import { sendManifest, wordsOf } from './send-manifest.js'
import { noteOfUpload } from './upload-notes.js'

export interface PushWish {
  /** Of an index this one alone. */
  readonly platform: Platform | null
  /** Blobs at once. */
  readonly uploads: number
}

/** @param target what the name stands for here @returns the descriptor that the tag has there now */
export async function pushImage(
  images: Images,
  registry: Registry,
  reference: Reference,
  target: Descriptor,
  wish: PushWish,
  progress: Progress,
): Promise<Descriptor> {
  const { Lease, manifestFor } = await imageStore()
  const { store } = images
  const about = { what: `image '${familiarName(reference)}'`, domain: registry.domain }
  const isIndex = indexTypes.includes(target.mediaType)
  const top = wish.platform !== null && isIndex ? manifestFor(store, target, wish.platform) : target
  const lease = new Lease(store)
  const stop = new AbortController()
  try {
    const parts = images.store.locked(() => {
      lease.keepBlob(top.digest)
      const found = partsOf(store, top, about)
      lease.keepBlob(...found.manifests.map(({ digest }) => digest), ...found.blobs.map(({ digest }) => digest))
      return found
    })
    for (const child of parts.absent) await mustBeThere(registry, reference.path, child, about)
    const sources = sourcesOf(
      images,
      parts.blobs.map(({ digest }) => digest),
      reference.domain,
    )
    await eachOf(parts.blobs, wish.uploads, async blob => {
      const part = progress.begin(shortOf(blob.digest), 'Preparing', blob.size)
      const from = (sources.get(blob.digest) ?? []).filter(one => one !== reference.path)
      const note = noteOfUpload(images, reference.domain, reference.path, blob.digest)
      const place = { registry, path: reference.path, from, stopped: stop.signal, note }
      let isTurned = false
      const outcome = await pushBlob(place, blob, readerOf(store, blob.digest), bytes => {
        if (!isTurned) part.turn('Pushing', blob.size)
        isTurned = true
        part.at(bytes)
      })
      part.done(wordsOf(outcome))
    })
    for (const manifest of parts.manifests) {
      await sendManifest(registry, reference.path, manifest.digest, documentOf(store, manifest), about)
    }
    await sendManifest(registry, reference.path, reference.tag ?? top.digest, documentOf(store, top), about)
    noteSource(
      images,
      parts.blobs.map(({ digest }) => digest),
      reference.domain,
      reference.path,
    )
    return top
  } finally {
    stop.abort()
    lease.end()
  }
}

const documentOf = (store: ContentStore, descriptor: Descriptor): Document => ({
  bytes: store.read(descriptor.digest),
  descriptor,
})

interface Parts {
  /** Below the top. */
  readonly manifests: readonly Descriptor[]
  readonly blobs: readonly Descriptor[]
  /** Manifests that are not here: of other platforms. */
  readonly absent: readonly Descriptor[]
}

function partsOf(store: ContentStore, top: Descriptor, about: About): Parts {
  const document = parseDocument(store.read(top.digest), about)
  if (indexTypes.includes(top.mediaType)) {
    const children = descriptorsIn(document.manifests, about)
    const here = children.filter(({ digest }) => store.has(digest))
    const below = here.map(child => partsOf(store, child, about))
    return {
      manifests: [...below.flatMap(({ manifests }) => manifests), ...here],
      blobs: unique(below.flatMap(({ blobs }) => blobs)),
      absent: [...below.flatMap(({ absent }) => absent), ...children.filter(({ digest }) => !store.has(digest))],
    }
  }
  const blobs = unique([...descriptorsIn([document.config], about), ...descriptorsIn(document.layers, about)])
  for (const { digest, size } of blobs) {
    if (store.sizeOf(digest) === size) continue
    fail('FailedPrecondition', {
      what: about.what,
      why: `blob ${shortOf(digest)} is not here, or not whole`,
      hint: 'what is only unpacked cannot be sent: pull, load or build it again',
    })
  }
  return { manifests: [], blobs, absent: [] }
}

const unique = (all: readonly Descriptor[]): Descriptor[] => [...new Map(all.map(one => [one.digest, one])).values()]

/** An index may name platforms that were never fetched: it can be pushed to where they are. */
async function mustBeThere(registry: Registry, path: string, child: Descriptor, about: About): Promise<void> {
  if ((await headManifest(registry, path, child.digest, about)) !== null) return
  const { platformText } = await imageStore()
  const name = child.platform === undefined ? shortOf(child.digest) : platformText(child.platform)
  fail('FailedPrecondition', {
    what: about.what,
    why: `its ${name} is neither here nor there`,
    hint: 'pull it with --all-platforms, or push one with --platform',
  })
}

const READ = 1 << 20

export const readerOf = (store: Pick<ContentStore, 'open'>, digest: Digest): Reader =>
  async function* (first, end) {
    const fd = store.open(digest)
    try {
      for (let at = first; at < end; ) {
        const buffer = Buffer.allocUnsafe(Math.min(READ, end - at))
        const read = fs.readSync(fd, buffer, 0, buffer.length, at)
        if (read === 0)
          fail('FailedPrecondition', { what: `blob '${shortOf(digest)}'`, why: 'ends before its end here' })
        at += read
        yield buffer.subarray(0, read)
      }
    } finally {
      fs.closeSync(fd)
    }
  }
