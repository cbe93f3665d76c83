/** A registry as source and as sink. */

import { familiarName, tagOrDigest } from '../../reference/format.js'
import type { Reference } from '../../reference/read.js'
import type { Registry } from '../http/registry.js'
import { streamBlob } from '../image/get-blob.js'
import { getManifest } from '../image/manifest.js'
import { sendManifest, wordsOf } from '../image/send-manifest.js'
import { pushBlob } from '../transfer/push-blob.js'
import type { Sink, Source } from './ends.js'

export function registrySource(registry: Registry, reference: Reference): Source {
  const { path } = reference
  const about = { what: `image '${familiarName(reference)}'`, domain: registry.domain }
  return {
    name: reference.digest === null ? familiarName(reference) : null,
    at: { domain: registry.domain, path },
    top: () => getManifest(registry, path, tagOrDigest(reference), about),
    manifest: descriptor => getManifest(registry, path, descriptor.digest, about, descriptor),
    reader: blob => (first, end) => streamBlob(registry, path, blob, { first, end }),
    close: () => registry.close(),
  }
}

export function registrySink(registry: Registry, reference: Reference): Sink {
  const { path } = reference
  const about = { what: `image '${familiarName(reference)}'`, domain: registry.domain }
  const stop = new AbortController()
  return {
    async blob(blob, source, at) {
      const from = source.at?.domain === registry.domain && source.at.path !== path ? [source.at.path] : []
      const outcome = await pushBlob({ registry, path, from, stopped: stop.signal }, blob, source.reader(blob), at)
      return wordsOf(outcome)
    },
    manifest: document =>
      sendManifest(registry, path, document.descriptor.digest, document, about).then(() => undefined),
    finish: top => sendManifest(registry, path, tagOrDigest(reference), top, about).then(() => undefined),
    async close() {
      stop.abort()
      await registry.close()
    },
  }
}
