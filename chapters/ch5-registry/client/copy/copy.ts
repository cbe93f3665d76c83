/** Copies an image, whatever is at the two ends: blobs first, then manifests, the top one last. */

import type { Progress } from '#core/cli/progress'
import { fail } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Descriptor, Platform } from '#core/spec/image'
import { imageStore } from '../../../ch4-images/index.js'
import { eachOf } from '../image/limit.js'
import { type Document, descriptorsIn, indexTypes, parseDocument } from '../image/manifest.js'
import { isForeign } from '../transfer/foreign-blob.js'
import type { Sink, Source } from './ends.js'

export interface CopyWish {
  /** null: all that an index names. */
  readonly platform: Platform | null
  /** Blobs at once. */
  readonly most: number
}

const DEPTH_MAX = 4

/** @returns what has the name there now */
export async function copyImage(source: Source, sink: Sink, wish: CopyWish, progress: Progress): Promise<Descriptor> {
  const top = await source.top()
  const document = wish.platform === null ? top : await only(source, top, wish.platform)
  await copyBelow(source, sink, document, wish, progress, 0)
  await sink.finish(document)
  return document.descriptor
}

const isIndex = ({ descriptor }: Document): boolean => indexTypes.includes(descriptor.mediaType)

async function only(source: Source, top: Document, platform: Platform): Promise<Document> {
  if (!isIndex(top)) return top
  const { choosePlatform, platformText } = await imageStore()
  const about = { what: `image '${source.name ?? shortOf(top.descriptor.digest)}'` }
  const found = choosePlatform(descriptorsIn(parseDocument(top.bytes, about).manifests, about), platform)
  if (found !== undefined) return source.manifest(found)
  return fail('NotFound', { what: about.what, why: `has nothing for ${platformText(platform)}` })
}

async function copyBelow(
  source: Source,
  sink: Sink,
  { bytes, descriptor }: Document,
  wish: CopyWish,
  progress: Progress,
  depth: number,
): Promise<void> {
  const about = { what: `image '${source.name ?? shortOf(descriptor.digest)}'` }
  if (depth > DEPTH_MAX) fail('FailedPrecondition', { what: about.what, why: 'has indexes in indexes, without an end' })
  const said = parseDocument(bytes, about)
  if (isIndex({ bytes, descriptor })) {
    for (const child of descriptorsIn(said.manifests, about)) {
      const document = await source.manifest(child)
      await copyBelow(source, sink, document, wish, progress, depth + 1)
      await sink.manifest(document)
    }
    return
  }
  const blobs = [...descriptorsIn([said.config], about), ...descriptorsIn(said.layers ?? [], about)]
  // what only its maker may hand out stays where it is
  const own = blobs.filter(blob => (blob.urls ?? []).length === 0 || !isForeign(blob))
  await eachOf([...new Map(own.map(one => [one.digest, one])).values()], wish.most, async blob => {
    const part = progress.begin(shortOf(blob.digest), 'Copying', blob.size)
    part.done(await sink.blob(blob, source, bytes => part.at(bytes)))
  })
}
