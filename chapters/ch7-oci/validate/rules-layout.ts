/** Rules about an image layout: files, blobs, and whether its documents agree. Source: image-spec, image-layout.md, layer.md. */

import { type LayerSeen, type LayoutImage, type LayoutView, layersOf } from './layout.js'
import { isObject } from './place.js'
import { type Found, listsAt, type Rule } from './rule.js'
import { digestGrammar } from './schema-image.js'

const bad = (file: string, at = '', detail?: string): Found => ({
  file,
  at,
  ...(detail === undefined ? {} : { detail }),
})

function* ofLayers({ images }: LayoutView, show: (layer: LayerSeen) => readonly string[]): Iterable<Found> {
  for (const { file, layers } of images) {
    for (const layer of layers) for (const detail of show(layer)) yield bad(file, layer.at, detail)
  }
}

const platformWords = ['os', 'architecture', 'variant', 'os.version'] as const

function differing({ platform, config }: LayoutImage): string | undefined {
  if (!isObject(platform) || !isObject(config)) return undefined
  return platformWords.find(
    name => platform[name] !== undefined && config[name] !== undefined && platform[name] !== config[name],
  )
}

export const layoutRules: readonly Rule<LayoutView>[] = [
  {
    id: 'layout-marker',
    level: 'MUST',
    section: 'image-layout.md#content',
    rule: 'MUST exist: it says that this is a layout, and of which version',
    check: ({ layout }) => (layout.marker === null ? [bad('oci-layout')] : []),
  },
  {
    id: 'layout-index',
    level: 'MUST',
    section: 'image-layout.md#content',
    rule: 'MUST exist: all else is found from there',
    check: ({ layout }) => (layout.index === null ? [bad('index.json')] : []),
  },
  {
    id: 'layout-blobs',
    level: 'MUST',
    section: 'image-layout.md#content',
    rule: 'MUST be a directory that exists',
    check: ({ layout }) => (layout.hasBlobs ? [] : [bad('blobs')]),
  },
  {
    id: 'blob-name',
    level: 'MUST',
    section: 'image-layout.md#blobs',
    rule: 'MUST be a file named as a digest is written: blobs/ALGORITHM/ENCODED',
    *check({ layout }) {
      for (const { file, named, isFile } of layout.blobs.values()) {
        if (!isFile || !digestGrammar.test(named)) yield bad(file)
      }
    },
  },
  {
    id: 'blob-digest',
    level: 'MUST',
    section: 'image-layout.md#blobs',
    rule: 'MUST have the digest that its name says',
    *check({ layout }) {
      for (const { file, named, digest } of layout.blobs.values()) {
        if (digest !== null && digest !== named) yield bad(file, '', digest)
      }
    },
  },
  {
    id: 'blob-missing',
    level: 'SHOULD',
    section: 'image-layout.md#blobs',
    rule: 'SHOULD be in the layout: else another store has to bring it',
    *check({ links }) {
      for (const { file, at, value, blob } of links) {
        // a subject is another manifest's business, and data brings the blob along
        if (blob === undefined && at !== 'subject' && value.data === undefined)
          yield bad(file, at, String(value.digest))
      }
    },
  },
  {
    id: 'blob-size',
    level: 'MUST',
    section: 'descriptor.md#properties',
    rule: 'MUST be the size of the blob',
    *check({ links }) {
      for (const { file, at, value, blob } of links) {
        const isOther = blob !== undefined && typeof value.size === 'number' && value.size !== blob.size
        if (isOther) yield { file, at: `${at}.size`, found: value.size, detail: `${blob.size} bytes` }
      }
    },
  },
  {
    id: 'blob-media-type',
    level: 'MUST',
    section: 'media-types.md#media-type-conflicts',
    rule: 'MUST be the media type that the document says of itself',
    *check({ links }) {
      for (const { file, at, value, json } of links) {
        const own = isObject(json) ? json.mediaType : undefined
        if (typeof own === 'string' && own !== value.mediaType)
          yield { file, at: `${at}.mediaType`, found: value.mediaType, detail: own }
      }
    },
  },
  {
    id: 'image-layers',
    level: 'MUST',
    section: 'config.md#properties',
    rule: 'MUST have as many diff IDs as the manifest has layers',
    *check({ images }) {
      for (const { manifest, config, configFile } of images) {
        for (const { at, value } of listsAt(config, 'rootfs.diff_ids')) {
          const count = layersOf(manifest).length
          if (value.length !== count) yield bad(configFile, at, `${value.length}, not ${count}`)
        }
      }
    },
  },
  {
    id: 'image-platform',
    level: 'SHOULD',
    section: 'image-index.md#image-index-property-descriptions',
    rule: 'SHOULD be what the index says of its platform',
    *check({ images }) {
      for (const image of images) {
        const name = differing(image)
        if (name !== undefined && isObject(image.config))
          yield { file: image.configFile, at: name, found: image.config[name] }
      }
    },
  },
  {
    id: 'layer-archive',
    level: 'MUST',
    section: 'layer.md#distributable-format',
    rule: 'MUST be a tar archive, compressed or not',
    check: view => ofLayers(view, ({ wrong }) => (wrong === null ? [] : [wrong])),
  },
  {
    id: 'layer-compression',
    level: 'MUST',
    section: 'layer.md#gzip-media-types',
    rule: 'MUST be compressed as its media type says',
    check: view =>
      ofLayers(view, ({ saidCompression, compression }) => (saidCompression === compression ? [] : [compression])),
  },
  {
    id: 'layer-diff-id',
    level: 'MUST',
    section: 'config.md#layer-diffid',
    rule: 'MUST have the diff ID that the config says: the digest of its uncompressed archive',
    check: view =>
      ofLayers(view, ({ diffId, expectedDiffId }) =>
        diffId === null || expectedDiffId === undefined || diffId === expectedDiffId ? [] : [diffId],
      ),
  },
  {
    id: 'layer-path-twice',
    level: 'MUST',
    section: 'layer.md#distributable-format',
    rule: 'MUST NOT have a path again',
    check: view => ofLayers(view, ({ twice }) => twice),
  },
  {
    id: 'layer-whiteout',
    level: 'SHOULD',
    section: 'layer.md#whiteouts',
    rule: 'SHOULD NOT have a whiteout that names nothing: it is invalid',
    check: view => ofLayers(view, ({ nameless }) => nameless),
  },
]
