/** An image of the store, put into a registry in memory as it is. */

import * as fs from 'node:fs'
import type { Descriptor, Manifest } from '#core/spec/image'
import type { FakeRegistry } from './fake-registry.js'
import type { World } from './world.js'

const blobOf = ({ data }: World, digest: string): Buffer =>
  fs.readFileSync(`${data}/store/blobs/sha256/${digest.replace('sha256:', '')}`)

export interface Published {
  /** The manifest's. */
  readonly descriptor: Descriptor
  readonly manifest: Manifest
}

/** @param name as `ch4 images` has it: `web:1` */
export function publish(world: World, name: string, fake: FakeRegistry, repository: string, tag: string): Published {
  const { manifests } = JSON.parse(fs.readFileSync(`${world.data}/store/index.json`, 'utf8')) as {
    manifests: Descriptor[]
  }
  const entry = manifests.find(({ annotations = {} }) => annotations['org.opencontainers.image.ref.name'] === name)!
  const bytes = blobOf(world, entry.digest)
  const manifest = JSON.parse(bytes.toString()) as Manifest
  for (const { digest } of [manifest.config, ...manifest.layers]) fake.putBlob(repository, blobOf(world, digest))
  for (const which of [tag, entry.digest])
    fake.manifests.set(`${repository} ${which}`, { type: entry.mediaType, bytes })
  const { annotations: _, ...descriptor } = entry
  return { descriptor, manifest }
}
