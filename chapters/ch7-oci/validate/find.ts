/** All that is wrong with one document, by its text, its shape and its rules. Pure. */

import { textRules, type Written, written } from './json-text.js'
import { isObject } from './place.js'
import { broken, type Document, type Finding, type Rule } from './rule.js'
import { type Bundle, bundleRules } from './rules-bundle.js'
import { configRules } from './rules-config.js'
import { descriptorRules, type ImageDocument } from './rules-descriptor.js'
import { imageRules } from './rules-image.js'
import { imageConfigRules } from './rules-image-config.js'
import { linuxRules } from './rules-linux.js'
import { mountRules } from './rules-mounts.js'
import { namespaceRules } from './rules-namespaces.js'
import { processRules } from './rules-process.js'
import { resourceRules } from './rules-resources.js'
import { config } from './schema-config.js'
import { type DocumentKind, shapes } from './schema-image.js'
import { misfits, type ObjectShape } from './shape.js'

/** Of a config.json, whatever lies around it. */
export const allConfigRules: readonly Rule<Document>[] = [
  ...configRules,
  ...mountRules,
  ...processRules,
  ...namespaceRules,
  ...linuxRules,
  ...resourceRules,
]

export const allImageRules: readonly Rule<ImageDocument>[] = [...descriptorRules, ...imageRules, ...imageConfigRules]

function* inWritten<D extends Document>(document: Written, shape: ObjectShape, rules: readonly Rule<D>[], subject: D) {
  yield* broken(textRules, document)
  if (document.json === undefined) return
  yield* misfits(shape, document.json, '', shape.section)
  if (isObject(document.json)) yield* broken(rules, subject)
}

export const inConfig = (text: string): Finding[] => {
  const document = written(text)
  return [...inWritten(document, config, allConfigRules, document)]
}

/** @param text of its config.json, null where there is none @param bundleOf makes the bundle of what the text says */
export function inBundle(text: string | null, bundleOf: (json: unknown) => Bundle): Finding[] {
  if (text === null) return [...broken(bundleRules, bundleOf(undefined))]
  const document = written(text)
  const found = [...inWritten(document, config, allConfigRules, document)]
  return isObject(document.json) ? [...found, ...broken(bundleRules, bundleOf(document.json))] : found
}

export const inDocument = (document: Written, kind: DocumentKind, isEntryPoint = false): Finding[] => [
  ...inWritten(document, shapes[kind], allImageRules, { json: document.json, kind, isEntryPoint }),
]

/** Which document of the image-spec it is, or is meant to be. */
export function kindOf(json: unknown): DocumentKind {
  const has = (...keys: readonly string[]): boolean => isObject(json) && keys.some(key => Object.hasOwn(json, key))
  if (has('manifests')) return 'index'
  if (has('layers', 'schemaVersion')) return 'manifest'
  if (has('imageLayoutVersion')) return 'marker'
  if (has('rootfs', 'architecture', 'os')) return 'config'
  return has('digest', 'size', 'mediaType') ? 'descriptor' : 'config'
}
