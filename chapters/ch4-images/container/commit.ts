/** `ch4 commit`: what a container wrote becomes a layer, on top of those of its image; its config becomes that of the new one. */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { type Descriptor, type ImageConfig, mediaTypes } from '#core/spec/image'
import { applyChanges, changeIn } from '../image/change.js'
import { makeImage } from '../image/make.js'
import { type Image, readImage } from '../image/read.js'
import { type Images, openImages } from '../images.js'
import { parseName } from '../store/image-name.js'
import { Lease } from '../store/leases.js'
import { callWorker } from '../worker/call.js'
import type { StoredContainer } from './containers.js'
import { differencesIn, writtenTree } from './diff.js'
import { settle } from './settle.js'
import { standingStill } from './standing-still.js'

export async function commit(flags: Flags, [who, asked, ...more]: readonly string[]): Promise<number> {
  if (who === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 commit',
      why: 'takes a container and a name',
      hint: 'mini-docker ch4 commit NAME IMAGE',
    })
  }
  const name = asked === undefined ? null : parseName(asked)
  const changes = flags.all('change').map(changeIn)
  const pause = pauseOf(flags)
  const images = openImages()
  const containers = await settle(images)
  const container = containers.find(who)
  const lease = new Lease(images.store)
  try {
    lease.keepBlob(container.manifest)
    const base = baseOf(images, container)
    lease.keepBlob(...base.layers.map(({ descriptor }) => descriptor.digest))
    const { descriptor, diffId } = await standingStill(containers, container, pause, () =>
      packWritten(images, container, lease),
    )
    const said = flags.one('author') ?? base.config.author ?? null
    const { config, author } = applyChanges(container.config, said, changes)
    const created = new Date().toISOString()
    const comment = flags.one('message')
    const { architecture, os, variant, history = [], rootfs } = base.config
    const committed: ImageConfig = {
      created,
      ...(author === null ? {} : { author }),
      architecture,
      os,
      ...(variant === undefined ? {} : { variant }),
      config,
      rootfs: { type: 'layers', diff_ids: [...rootfs.diff_ids, diffId] },
      history: [
        ...history,
        {
          created,
          created_by: container.command.join(' '),
          ...(author === null ? {} : { author }),
          ...(comment === undefined ? {} : { comment }),
        },
      ],
    }
    const layers = [...base.manifest.layers, descriptor].map(asOci)
    const target = makeImage(images, committed, layers, lease)
    if (name === null) images.names.add(target)
    else images.names.set(name, target)
    out(`${readImage(images.store, target, images.platform).id}\n`)
    return 0
  } finally {
    lease.end()
  }
}

function baseOf({ store, platform }: Images, { manifest, image }: StoredContainer): Image {
  const size = store.sizeOf(manifest)
  if (size !== null) return readImage(store, { mediaType: mediaTypes.manifest, digest: manifest, size }, platform)
  return fail('NotFound', {
    what: `image '${image}' of the container`,
    why: 'is not in the store any more',
    hint: 'mini-docker ch4 export NAME | mini-docker ch4 import - IMAGE makes one of a single layer',
  })
}

interface Written {
  readonly descriptor: Descriptor
  readonly diffId: ImageConfig['rootfs']['diff_ids'][number]
}

async function packWritten(images: Images, container: StoredContainer, lease: Lease): Promise<Written> {
  const { store } = images
  const { mountPoints } = await differencesIn(images, container)
  const ingest = store.ingest(lease.refOf('commit'), lease)
  try {
    const { tree, between } = writtenTree(images, container)
    const whiteouts = between === undefined ? 'overlay' : 'none'
    const exclude = mountPoints.map(literally)
    const changed = between === undefined ? {} : { between }
    const packed = await callWorker({
      job: 'pack',
      arguments: { out: ingest.path, compression: 'gzip', whiteouts, exclude, ...changed },
      ...tree,
    })
    ingest.commit({}, packed)
    return {
      descriptor: { mediaType: mediaTypes.layerGzip, digest: packed.digest, size: packed.size },
      diffId: packed.diffId,
    }
  } finally {
    ingest.abort()
  }
}

/** A path as a pattern that means that path alone. */
const literally = (path: string): string => path.replace(/[\\*?[\]!]/g, character => `\\${character}`)

/** A manifest of ours names layers in one way: Docker's media types mean the same bytes. */
function asOci(layer: Descriptor): Descriptor {
  if (layer.mediaType === mediaTypes.dockerLayerGzip) return { ...layer, mediaType: mediaTypes.layerGzip }
  if (layer.mediaType === mediaTypes.dockerLayer) return { ...layer, mediaType: mediaTypes.layer }
  return layer
}

function pauseOf(flags: Flags): boolean {
  const said = flags.one('pause') ?? 'true'
  if (said === 'true' || said === 'false') return said === 'true'
  return fail('InvalidArgument', { what: `--pause '${said}'`, why: 'is neither true nor false', hint: '--pause=false' })
}
