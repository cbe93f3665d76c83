/** Rules about descriptors and annotations, wherever in a document they stand. Source: image-spec, descriptor.md, annotations.md. */

import { bytesOf, digestOfBytes, isTime, wellFormed } from './digest-words.js'
import { entries, isObject, type Place } from './place.js'
import { type Document, type Fields, type Found, objectsAt, type Rule } from './rule.js'
import { isReverseDomain } from './rules-config.js'
import { type DocumentKind, digestGrammar } from './schema-image.js'

/** A document of an image. */
export interface ImageDocument extends Document {
  readonly kind: DocumentKind
  /** index.json of a layout: descriptors with names stand there, and nowhere else. */
  readonly isEntryPoint: boolean
}

const descriptorPlaces: Readonly<Record<DocumentKind, readonly string[]>> = {
  index: ['manifests[]', 'subject'],
  manifest: ['config', 'layers[]', 'subject'],
  descriptor: [''],
  config: [],
  marker: [],
}

export const descriptorsIn = ({ kind, json }: ImageDocument): Place<Fields>[] =>
  descriptorPlaces[kind].flatMap(pattern => [...objectsAt(json, pattern)])

/** Checks one field, if it is a string, of every descriptor. */
const field = (name: string, holds: (value: string, descriptor: Fields) => boolean) =>
  function* (document: ImageDocument): Iterable<Found> {
    for (const { at, value } of descriptorsIn(document)) {
      const said = value[name]
      if (typeof said === 'string' && !holds(said, value)) yield { at: at === '' ? name : `${at}.${name}`, found: said }
    }
  }

function* urls(document: ImageDocument): Generator<Place<string>> {
  for (const { at, value } of descriptorsIn(document)) {
    if (!Array.isArray(value.urls)) continue
    for (const [i, url] of value.urls.entries())
      if (typeof url === 'string') yield { at: `${at}.urls[${i}]`, value: url }
  }
}
const everyUrl = (holds: (url: string) => boolean) =>
  function* (document: ImageDocument): Iterable<Found> {
    for (const { at, value } of urls(document)) if (!holds(value)) yield { at: at.replace(/^\./, ''), found: value }
  }

/** All maps of annotations: of the document, of its descriptors, and a config's labels. */
function* annotations(document: ImageDocument): Generator<Place & { readonly key: string; readonly map: string }> {
  const maps = [...objectsAt(document.json, 'annotations'), ...objectsAt(document.json, 'config.Labels')]
  for (const { at, value } of document.kind === 'descriptor' ? [] : descriptorsIn(document)) {
    if (isObject(value.annotations)) maps.push({ at: `${at}.annotations`, value: value.annotations })
  }
  for (const { at, value } of maps) for (const entry of entries(value, at)) yield { ...entry, map: at }
}
const everyAnnotation = (holds: (key: string, value: unknown) => boolean, showing = false) =>
  function* (document: ImageDocument): Iterable<Found> {
    for (const { at, key, value } of annotations(document)) {
      if (!holds(key, value)) yield { at, ...(showing ? { found: value } : {}) }
    }
  }

/** annotations.md#pre-defined-annotation-keys. */
const defined = [
  ...['created', 'authors', 'url', 'documentation', 'source', 'version', 'revision', 'vendor', 'licenses', 'ref.name'],
  ...['title', 'description', 'base.digest', 'base.name'],
].map(name => `org.opencontainers.image.${name}`)
const refName = 'org.opencontainers.image.ref.name'
const isRef = (ref: string): boolean =>
  /^[A-Za-z0-9]+(([-._:@+]|--)[A-Za-z0-9]+)*(\/[A-Za-z0-9]+(([-._:@+]|--)[A-Za-z0-9]+)*)*$/.test(ref)
const only = (key: string, holds: (value: string) => boolean) =>
  everyAnnotation((name, value) => name !== key || typeof value !== 'string' || holds(value), true)

export const descriptorRules: readonly Rule<ImageDocument>[] = [
  {
    id: 'digest-sha256',
    level: 'MUST',
    section: 'descriptor.md#sha-256',
    rule: 'MUST be 64 digits 0-9a-f behind sha256:',
    check: field('digest', digest => wellFormed('sha256', digest)),
  },
  {
    id: 'digest-sha512',
    level: 'MUST',
    section: 'descriptor.md#sha-512',
    rule: 'MUST be 128 digits 0-9a-f behind sha512:',
    check: field('digest', digest => wellFormed('sha512', digest)),
  },
  {
    id: 'digest-blake3',
    level: 'MUST',
    section: 'descriptor.md#blake3',
    rule: 'MUST be 64 digits 0-9a-f behind blake3:',
    check: field('digest', digest => wellFormed('blake3', digest)),
  },
  {
    id: 'digest-algorithm',
    level: 'SHOULD',
    section: 'descriptor.md#registered-algorithms',
    rule: 'SHOULD be sha256: every implementation knows it, and of others none is certain',
    check: field('digest', digest => !digestGrammar.test(digest) || digest.startsWith('sha256:')),
  },
  {
    id: 'url-form',
    level: 'MUST',
    section: 'descriptor.md#properties',
    rule: 'MUST be a URI as of RFC 3986',
    check: everyUrl(isUri),
  },
  {
    id: 'url-scheme',
    level: 'SHOULD',
    section: 'descriptor.md#properties',
    rule: 'SHOULD begin with https: or http:',
    check: everyUrl(url => !isUri(url) || /^https?:/i.test(url)),
  },
  {
    id: 'data-base64',
    level: 'MUST',
    section: 'descriptor.md#properties',
    rule: 'MUST be base64 as of RFC 4648, with its padding',
    check: field('data', data => bytesOf(data) !== null),
  },
  {
    id: 'data-size',
    level: 'MUST',
    section: 'descriptor.md#embedded-content',
    rule: 'MUST be as long as size says, decoded',
    *check(document) {
      for (const { at, bytes, descriptor } of embedded(document)) {
        if (typeof descriptor.size === 'number' && bytes.length !== descriptor.size)
          yield { at, detail: `${bytes.length} bytes` }
      }
    },
  },
  {
    id: 'data-digest',
    level: 'MUST',
    section: 'descriptor.md#embedded-content',
    rule: 'MUST have the digest that the descriptor says, decoded',
    *check(document) {
      for (const { at, bytes, descriptor } of embedded(document)) {
        const digest = digestOfBytes(String(descriptor.digest), bytes)
        if (digest !== null && digest !== descriptor.digest) yield { at, detail: digest }
      }
    },
  },
  {
    id: 'annotation-empty-key',
    level: 'SHOULD',
    section: 'annotations.md#rules',
    rule: 'SHOULD NOT have an empty key',
    check: everyAnnotation(key => key !== ''),
  },
  {
    id: 'annotation-prefix',
    level: 'MUST',
    section: 'annotations.md#rules',
    rule: 'MUST be one that the specification defines: org.opencontainers.image is its own',
    check: everyAnnotation(key => !key.startsWith('org.opencontainers.image.') || defined.includes(key)),
  },
  {
    id: 'annotation-reverse-domain',
    level: 'SHOULD',
    section: 'annotations.md#rules',
    rule: 'SHOULD be named as a domain in reverse: com.example.key',
    check: everyAnnotation(key => key === '' || isReverseDomain(key)),
  },
  {
    id: 'annotation-created',
    level: 'MUST',
    section: 'annotations.md#pre-defined-annotation-keys',
    rule: 'MUST be a date and time as of RFC 3339',
    check: only('org.opencontainers.image.created', isTime),
  },
  {
    id: 'annotation-base-digest',
    level: 'MUST',
    section: 'annotations.md#pre-defined-annotation-keys',
    rule: 'MUST be a digest',
    check: only('org.opencontainers.image.base.digest', digest => digestGrammar.test(digest)),
  },
  {
    id: 'annotation-ref-form',
    level: 'SHOULD',
    section: 'annotations.md#pre-defined-annotation-keys',
    rule: 'SHOULD be letters and digits with single separators -._:@+ or -- between, and / between components',
    check: only(refName, isRef),
  },
  {
    id: 'annotation-ref-place',
    level: 'SHOULD',
    section: 'annotations.md#pre-defined-annotation-keys',
    rule: 'SHOULD be on a descriptor in index.json, where alone it means something',
    *check(document) {
      for (const { at, key, map } of annotations(document)) {
        const isInPlace = document.kind === 'descriptor' || (document.isEntryPoint && map.startsWith('manifests['))
        if (key === refName && !isInPlace) yield { at }
      }
    },
  },
]

function isUri(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:([a-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})*$/i.test(url)
}

function* embedded(document: ImageDocument): Generator<{ at: string; bytes: Uint8Array; descriptor: Fields }> {
  for (const { at, value } of descriptorsIn(document)) {
    const bytes = typeof value.data === 'string' ? bytesOf(value.data) : null
    if (bytes !== null) yield { at: at === '' ? 'data' : `${at}.data`, bytes, descriptor: value }
  }
}
