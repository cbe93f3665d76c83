/**
 * The shapes of the image-spec's documents. Source: image-spec 1.1, descriptor.md, manifest.md, image-index.md, config.md,
 * image-layout.md and the schemas beside them.
 */

import { boolean, from, integer, list, map, matching, type ObjectShape, object, text, texts, words } from './shape.js'

/** descriptor.md#digests, its grammar; what the registered algorithms ask beyond it is for rules. */
export const digestGrammar = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
const digest = from('descriptor.md#digests', matching(digestGrammar, 'a digest: ALGORITHM:ENCODED'))
/** RFC 6838, section 4.2. */
const mediaType = matching(
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/,
  'a media type as of RFC 6838: type/subtype',
)
const size = integer(0, 2 ** 63, 'a number of bytes, 0 or more')
const annotations = from('annotations.md#rules', map(text))

const indexPage = 'image-index.md#image-index-property-descriptions'
const manifestPage = 'manifest.md#image-manifest-property-descriptions'

const platform = object(
  indexPage,
  { architecture: text, os: text },
  { 'os.version': text, 'os.features': texts, variant: text },
)

const descriptorFields = { urls: texts, annotations, data: text, artifactType: mediaType, platform }
export const descriptor = object('descriptor.md#properties', { mediaType, digest, size }, descriptorFields)

const schemaVersion = integer(2, 2, '2')

export const index = object(
  indexPage,
  { schemaVersion, manifests: from(indexPage, list(descriptor)) },
  { mediaType, artifactType: mediaType, subject: descriptor, annotations },
)

/** The text lets the list of layers be empty, the schema (schema/image-manifest-schema.json) does not. */
export const manifest = object(
  manifestPage,
  { schemaVersion, config: descriptor, layers: from(manifestPage, list(descriptor, 1)) },
  { mediaType, artifactType: mediaType, subject: descriptor, annotations },
)

const nothing = map(object('config.md#properties', {}))

/** A Healthcheck is Docker's own, and reserved: its shape is not for the spec to say. */
const execution = object(
  'config.md#properties',
  {},
  {
    User: text,
    ExposedPorts: nothing,
    Env: texts,
    Entrypoint: texts,
    Cmd: texts,
    Volumes: nothing,
    WorkingDir: text,
    Labels: annotations,
    StopSignal: text,
    ArgsEscaped: boolean,
  },
  true,
)

const history = object(
  'config.md#properties',
  {},
  { created: text, author: text, created_by: text, comment: text, empty_layer: boolean },
  true,
)

export const imageConfig = object(
  'config.md#properties',
  {
    architecture: text,
    os: text,
    rootfs: object('config.md#properties', {
      type: words('layers'),
      diff_ids: from('config.md#layer-diffid', list(digest)),
    }),
  },
  {
    created: text,
    author: text,
    'os.version': text,
    'os.features': texts,
    variant: text,
    config: execution,
    history: list(history),
  },
  true,
)

export const layoutMarker = object('image-layout.md#oci-layout-file', { imageLayoutVersion: words('1.0.0') })

/** What a document of the image-spec can be. */
export type DocumentKind = 'index' | 'manifest' | 'config' | 'descriptor' | 'marker'

export const shapes: Readonly<Record<DocumentKind, ObjectShape>> = {
  index,
  manifest,
  config: imageConfig,
  descriptor,
  marker: layoutMarker,
}
