/** `ch5 inspect`: what a registry has under a name, without fetching its layers. */

import * as tty from 'node:tty'
import type { Flags } from '#core/cli/flags'
import { out, printJson } from '#core/cli/print'
import { fail } from '#core/errors'
import type { ImageConfig } from '#core/spec/image'
import { imageStore } from '../../../ch4-images/index.js'
import { familiarName, tagOrDigest } from '../../reference/format.js'
import { Registry } from '../http/registry.js'
import { getBlob } from '../image/get-blob.js'
import {
  type Document,
  descriptorsIn,
  getManifest,
  indexTypes,
  MANIFEST_MAX,
  parseDocument,
} from '../image/manifest.js'
import { oneReference } from './argument.js'

export async function inspectRemote(flags: Flags, rest: readonly string[]): Promise<number> {
  const reference = oneReference('ch5 inspect', rest)
  const registry = new Registry(reference.domain, { insecure: flags.all('insecure-registry') })
  const about = { what: `image '${familiarName(reference)}'`, domain: registry.domain }
  try {
    const top = await getManifest(registry, reference.path, tagOrDigest(reference), about)
    if (flags.on('raw') && !flags.on('config')) {
      showRaw(top.bytes)
      return 0
    }
    const manifest = await imageOf(registry, reference.path, top, flags.one('platform'), about)
    const document = parseDocument(manifest.bytes, about)
    const [config] = descriptorsIn([document.config], about)
    const bytes = await getBlob(registry, reference.path, config!, MANIFEST_MAX)
    if (flags.on('config') && flags.on('raw')) {
      showRaw(bytes)
      return 0
    }
    const parsed = parseDocument(bytes, about) as unknown as ImageConfig
    if (flags.on('config')) {
      printJson(parsed)
      return 0
    }
    const layers = descriptorsIn(document.layers, about)
    const { os, architecture, variant, created } = parsed
    printJson({
      version: 1,
      name: familiarName(reference),
      digest: top.descriptor.digest,
      mediaType: top.descriptor.mediaType,
      manifest: manifest.descriptor.digest,
      id: config!.digest,
      ...{ os, architecture, variant, created },
      size: layers.reduce((sum, { size }) => sum + size, config!.size),
      config: parsed.config ?? {},
      layers: layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
      ...(top === manifest ? {} : { platforms: descriptorsIn(parseDocument(top.bytes, about).manifests, about) }),
    })
    return 0
  } finally {
    await registry.close()
  }
}

async function imageOf(
  registry: Registry,
  path: string,
  top: Document,
  platform: string | undefined,
  about: { readonly what: string; readonly domain: string },
): Promise<Document> {
  if (!indexTypes.includes(top.descriptor.mediaType)) return top
  const { choosePlatform, parsePlatform, platformText } = await imageStore()
  const { platformOf } = await import('#core/spec/image')
  const wanted = platform === undefined ? platformOf(process.arch) : parsePlatform(platform)
  const found = choosePlatform(descriptorsIn(parseDocument(top.bytes, about).manifests, about), wanted)
  if (found === undefined) {
    return fail('NotFound', {
      what: about.what,
      why: `has nothing for ${platformText(wanted)}`,
      hint: '--raw shows its index',
    })
  }
  return getManifest(registry, path, found.digest, about, found)
}

/** Byte for byte into a file or a pipe; a terminal gets no orders from a registry. */
function showRaw(bytes: Buffer): void {
  const text = bytes.toString('utf8')
  out(tty.isatty(1) ? `${text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?')}\n` : text)
}
