/** Rules about an index, a manifest and an image config. Source: image-spec, image-index.md, manifest.md, config.md. */

import { mediaTypes } from '#core/spec/image'
import { everyText, type Fields, type Found, objectsAt, type Rule, textsAt } from './rule.js'
import type { ImageDocument } from './rules-descriptor.js'
import type { DocumentKind } from './schema-image.js'

/** go tool dist list, and what else Go has a name for. */
const systems = [
  ...[
    'aix',
    'android',
    'darwin',
    'dragonfly',
    'freebsd',
    'illumos',
    'ios',
    'js',
    'linux',
    'netbsd',
    'openbsd',
    'plan9',
  ],
  ...['solaris', 'wasip1', 'windows', 'zos'],
]
const architectures = [
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mips64', 'mips64le', 'mipsle', 'ppc64', 'ppc64le', 'riscv64'],
  ...['s390x', 'wasm', 'ppc', 'riscv', 'sparc64'],
]
/** image-index.md#platform-variants. */
const variants: Readonly<Record<string, RegExp>> = {
  arm: /^v[678]$/,
  arm64: /^v(8|9)(\.\d+)?$/,
  ppc64le: /^power\d+$/,
  riscv64: /^rva\d+u64$/,
  amd64: /^v[1-4]$/,
}

const emptyType = 'application/vnd.oci.empty.v1+json'
const nondistributable = /^application\/vnd\.oci\.image\.layer\.nondistributable\.v1\.tar(\+gzip|\+zstd)?$/
const own = { index: mediaTypes.index, manifest: mediaTypes.manifest } as const
const dockers = { index: mediaTypes.dockerList, manifest: mediaTypes.dockerManifest } as const
const isOfDocker = (type: string): boolean => type.startsWith('application/vnd.docker.')

/** A rule about documents of one kind. */
export const of =
  (kind: DocumentKind, check: (document: ImageDocument) => Iterable<Found>) =>
  (document: ImageDocument): Iterable<Found> =>
    document.kind === kind ? check(document) : []

/** A rule about the media type that an index or a manifest says of itself. */
const ofItself = (holds: (type: string | undefined, kind: 'index' | 'manifest') => boolean) =>
  function* ({ kind, json }: ImageDocument): Iterable<Found> {
    if (kind !== 'index' && kind !== 'manifest') return
    for (const { value } of objectsAt(json, '')) {
      const { mediaType } = value
      if (mediaType !== undefined && typeof mediaType !== 'string') continue
      if (!holds(mediaType, kind)) yield { at: 'mediaType', ...(mediaType === undefined ? {} : { found: mediaType }) }
    }
  }

/** Where platforms are described: by descriptors of an index, and by a config itself. */
const platformAt: Readonly<Partial<Record<DocumentKind, string>>> = { index: 'manifests[].platform', config: '' }
const ofPlatform = (name: string, holds: (value: string, platform: Fields) => boolean) =>
  function* ({ kind, json }: ImageDocument): Iterable<Found> {
    const pattern = platformAt[kind]
    if (pattern === undefined) return
    for (const { at, value } of objectsAt(json, pattern)) {
      const said = value[name]
      if (typeof said === 'string' && !holds(said, value)) yield { at: at === '' ? name : `${at}.${name}`, found: said }
    }
  }

const configType = (json: unknown): string => textsAt(json, 'config.mediaType').next().value?.value ?? ''
const isImage = (json: unknown): boolean => configType(json) === mediaTypes.config

export const imageRules: readonly Rule<ImageDocument>[] = [
  {
    id: 'media-type-own',
    level: 'MUST',
    section: 'manifest.md#image-manifest-property-descriptions',
    rule: `MUST be ${own.manifest} of a manifest, ${own.index} of an index`,
    check: ofItself((type, kind) => type === undefined || type === own[kind] || type === dockers[kind]),
  },
  {
    id: 'media-type-there',
    level: 'SHOULD',
    section: 'manifest.md#image-manifest-property-descriptions',
    rule: 'SHOULD be there: it tells one document from another',
    check: ofItself(type => type !== undefined),
  },
  {
    id: 'media-type-docker',
    level: 'SHOULD',
    section: 'media-types.md#compatibility-matrix',
    rule: "SHOULD be the specification's own: Docker's is similar, and not the same",
    check: ofItself(type => type === undefined || !isOfDocker(type)),
  },
  {
    id: 'index-entry-type',
    level: 'SHOULD',
    section: 'image-index.md#image-index-property-descriptions',
    rule: 'SHOULD be the media type of a manifest or of an index',
    check: of(
      'index',
      everyText('manifests[].mediaType', type => Object.values(own).some(one => one === type) || isOfDocker(type)),
    ),
  },
  {
    id: 'index-entry-platform',
    level: 'SHOULD',
    section: 'descriptor.md#properties',
    rule: 'SHOULD say the platform of the manifest',
    check: of('index', function* ({ json }) {
      for (const { at, value } of objectsAt(json, 'manifests[]')) {
        if (value.mediaType === own.manifest && value.platform === undefined) yield { at: `${at}.platform` }
      }
    }),
  },
  {
    id: 'platform-os',
    level: 'SHOULD',
    section: 'image-index.md#image-index-property-descriptions',
    rule: "SHOULD be one of Go's GOOS",
    check: ofPlatform('os', os => systems.includes(os)),
  },
  {
    id: 'platform-architecture',
    level: 'SHOULD',
    section: 'image-index.md#image-index-property-descriptions',
    rule: "SHOULD be one of Go's GOARCH",
    check: ofPlatform('architecture', architecture => architectures.includes(architecture)),
  },
  {
    id: 'platform-variant',
    level: 'SHOULD',
    section: 'image-index.md#platform-variants',
    rule: 'SHOULD be a variant of the architecture that the specification lists',
    check: ofPlatform('variant', (variant, { architecture }) => {
      const known = typeof architecture === 'string' ? variants[architecture] : undefined
      return variant === '' || known === undefined || known.test(variant)
    }),
  },
  {
    id: 'platform-features',
    level: 'SHOULD',
    section: 'image-index.md#image-index-property-descriptions',
    rule: 'SHOULD be win32k: Windows has no other feature',
    *check({ kind, json }) {
      const pattern = platformAt[kind]
      for (const { at, value } of pattern === undefined ? [] : objectsAt(json, pattern)) {
        const features = value['os.features']
        if (value.os !== 'windows' || !Array.isArray(features)) continue
        const where = at === '' ? '' : at
        for (const [i, one] of features.entries())
          if (one !== 'win32k') yield { at: `${where}["os.features"][${i}]`, found: one }
      }
    },
  },
  {
    id: 'manifest-artifact-type',
    level: 'MUST',
    section: 'manifest.md#image-manifest-property-descriptions',
    rule: 'MUST be set when the config is the empty one',
    check: of('manifest', function* ({ json }) {
      for (const { value } of objectsAt(json, '')) {
        if (configType(json) === emptyType && value.artifactType === undefined) yield { at: 'artifactType' }
      }
    }),
  },
  {
    id: 'manifest-config-type',
    level: 'SHOULD',
    section: 'manifest.md#image-manifest-property-descriptions',
    rule: `SHOULD be ${mediaTypes.config} of an image that is to be run anywhere`,
    check: of('manifest', ({ json }) =>
      objectsAt(json, '').next().value?.value.artifactType === undefined && configType(json) !== emptyType
        ? everyText('config.mediaType', type => type === mediaTypes.config)({ json })
        : [],
    ),
  },
  {
    id: 'manifest-layer-type',
    level: 'SHOULD',
    section: 'manifest.md#image-manifest-property-descriptions',
    rule: "SHOULD be one of the specification's layers: tar, tar+gzip or tar+zstd",
    check: of('manifest', ({ json }) => (isImage(json) ? everyText('layers[].mediaType', isLayer)({ json }) : [])),
  },
  {
    id: 'layer-nondistributable',
    level: 'SHOULD',
    section: 'layer.md#non-distributable-layers',
    rule: 'SHOULD NOT be made any more: layers that may not be distributed are deprecated',
    check: of(
      'manifest',
      everyText('layers[].mediaType', type => !nondistributable.test(type)),
    ),
  },
]

function isLayer(type: string): boolean {
  return (
    [mediaTypes.layer, mediaTypes.layerGzip, mediaTypes.layerZstd].some(one => one === type) ||
    nondistributable.test(type)
  )
}
