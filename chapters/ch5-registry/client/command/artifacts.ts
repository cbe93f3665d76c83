/** `ch5 artifacts` lists what refers to an image, `ch5 attach` adds a file that does. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Flags } from '#core/cli/flags'
import { humanSize } from '#core/cli/human-size'
import { out, printJson } from '#core/cli/print'
import { openProgress } from '#core/cli/progress'
import { errnoOf, fail } from '#core/errors'
import { type Descriptor, mediaTypes } from '#core/spec/image'
import { familiarName, tagOrDigest } from '../../reference/format.js'
import { parseReference } from '../../reference/parse.js'
import type { Reference } from '../../reference/read.js'
import { Registry } from '../http/registry.js'
import { digestOf, getManifest } from '../image/manifest.js'
import { listReferrers, pushReferrer } from '../image/referrers.js'
import { wordsOf } from '../image/send-manifest.js'
import { pushBlob } from '../transfer/push-blob.js'
import { oneReference } from './argument.js'

export async function artifacts(flags: Flags, rest: readonly string[]): Promise<number> {
  const reference = oneReference('ch5 artifacts', rest)
  return withRegistry(flags, reference, async (registry, about, subject) => {
    const type = flags.one('type') ?? null
    const found = await listReferrers(registry, reference.path, subject.digest, type, about)
    if (flags.on('json')) printJson({ version: 1, subject: subject.digest, referrers: found })
    else {
      for (const { digest, artifactType, size } of found) {
        out(`${digest}  ${shown(artifactType ?? '-')}  ${humanSize(size)}\n`)
      }
    }
    return 0
  })
}

/** It comes from a registry: no word of it reaches the terminal as an order. */
const shown = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')

/** image-spec manifest.md, "Guidance for an Empty Descriptor". */
const emptyBytes = Buffer.from('{}')
const empty: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(emptyBytes),
  size: emptyBytes.length,
}

export async function attach(flags: Flags, [text, file, ...more]: readonly string[]): Promise<number> {
  const artifactType = flags.one('type')
  if (text === undefined || file === undefined || more.length > 0 || artifactType === undefined) {
    return fail('InvalidArgument', {
      what: 'ch5 attach',
      why: artifactType === undefined ? 'needs --type' : 'needs an image and a file',
      hint: 'mini-docker ch5 attach --type application/spdx+json IMAGE FILE',
    })
  }
  if (!/^[A-Za-z0-9][\w.+-]*\/[A-Za-z0-9][\w.+-]*$/.test(artifactType)) {
    fail('InvalidArgument', {
      what: `--type '${artifactType}'`,
      why: 'is no media type',
      hint: 'application/spdx+json',
    })
  }
  const annotations = annotationsOf(flags)
  const layer = await layerOf(file, artifactType)
  const reference = parseReference(text)
  return withRegistry(flags, reference, async (registry, about, subject) => {
    const progress = openProgress(flags.on('quiet'))
    const place = { registry, path: reference.path, from: [], stopped: new AbortController().signal }
    const part = progress.begin(path.basename(file), 'Pushing', layer.size)
    const read = (first: number, end: number) => fs.createReadStream(file, { start: first, end: Math.max(0, end - 1) })
    const nothing = async function* (): AsyncIterable<Uint8Array> {}
    const outcome = await pushBlob(
      place,
      layer,
      (first, end) => (end > first ? read(first, end) : nothing()),
      bytes => part.at(bytes),
    )
    part.done(wordsOf(outcome))
    await pushBlob(
      place,
      empty,
      async function* () {
        yield emptyBytes
      },
      () => undefined,
    )
    progress.end()
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType,
      config: empty,
      layers: [layer],
      subject,
      ...(annotations === null ? {} : { annotations }),
    } as const
    const { digest } = await pushReferrer(registry, reference.path, manifest, about)
    out(`${digest}\n`)
    return 0
  })
}

function annotationsOf(flags: Flags): Record<string, string> | null {
  const entries = flags.all('annotation').map((text): [string, string] => {
    const equals = text.indexOf('=')
    if (equals < 1) fail('InvalidArgument', { what: `--annotation '${text}'`, why: 'is not KEY=VALUE' })
    return [text.slice(0, equals), text.slice(equals + 1)]
  })
  return entries.length === 0 ? null : Object.fromEntries(entries)
}

async function layerOf(file: string, mediaType: string): Promise<Descriptor> {
  const hash = createHash('sha256')
  let size = 0
  try {
    for await (const chunk of fs.createReadStream(file)) {
      hash.update(chunk as Uint8Array)
      size += (chunk as Uint8Array).length
    }
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', { what: `file '${file}'`, why: errno, cause })
  }
  const annotations = { 'org.opencontainers.image.title': path.basename(file) }
  return { mediaType, digest: `sha256:${hash.digest('hex')}`, size, annotations }
}

async function withRegistry(
  flags: Flags,
  reference: Reference,
  act: (registry: Registry, about: { what: string; domain: string }, subject: Descriptor) => Promise<number>,
): Promise<number> {
  const registry = new Registry(reference.domain, { insecure: flags.all('insecure-registry') })
  const about = { what: `image '${familiarName(reference)}'`, domain: registry.domain }
  try {
    const { descriptor } = await getManifest(registry, reference.path, tagOrDigest(reference), about)
    return await act(registry, about, descriptor)
  } finally {
    await registry.close()
  }
}
