/**
 * `serve --seed`: the workbook's own images are in the registry before anybody has pushed, made of this machine. They take the
 * way of any push: bytes verified, then links, the manifest last.
 */

import * as fs from 'node:fs'
import { imageStore, readyMadeImages } from '../../ch4-images/index.js'
import { storeManifest } from './endpoints/manifests.js'
import { readDocument } from './manifest/document.js'
import type { Registry } from './registry.js'

/** @returns names of what is there now */
export async function seed(registry: Pick<Registry, 'repositories' | 'uploads' | 'quota'>): Promise<readonly string[]> {
  const { obtainImage, openImages } = await imageStore()
  const { readyMadeNames } = await readyMadeImages()
  const images = openImages()
  const { repositories, uploads, quota } = registry
  for (const whole of readyMadeNames) {
    const { descriptor, manifest } = await obtainImage(images, whole)
    const colon = whole.lastIndexOf(':')
    const [name, tag] = [whole.slice(0, colon), whole.slice(colon + 1)]
    for (const { digest } of [manifest.config, ...manifest.layers]) {
      if ((await repositories.blobSize(name, digest)) !== null) continue
      const source = { chunks: fs.createReadStream(images.store.pathOf(digest)), cut: () => {} }
      const limits = { room: await quota.room(name), tooMuch: () => quota.tooMuch(name) }
      const id = await uploads.begin(name)
      await uploads.finish(name, id, source, 0, null, limits, digest, (key, size) =>
        quota.within(name, size, () => repositories.commitBlob(name, key, digest)),
      )
    }
    const bytes = images.store.read(descriptor.digest)
    const document = readDocument(bytes, descriptor.mediaType)
    if ('wrong' in document) throw new Error(document.wrong) // it is ours
    await storeManifest(registry, name, bytes, { digest: descriptor.digest, document, tag })
  }
  return readyMadeNames
}
