/** Reads the layers of an image as they would be unpacked, and puts nothing anywhere. Source: image-spec, layer.md. */

import { MiniDockerError } from '#core/errors'
import { reading } from '../../ch4-images/index.js'
import { hashFor } from './digest-words.js'
import { type Blob, type LayerSeen, type LayoutImage, type LayoutView, layersOf } from './layout.js'
import { chunksOf } from './read-layout.js'
import { wordsAt } from './rule.js'

/** Tar archives, and in which compression. */
const isTar =
  /^application\/vnd\.(oci\.image\.layer\.(nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(foreign\.)?diff\.tar)([+.](?<how>gzip|zstd))?$/

/** So many of one kind are shown. */
const SHOWN = 10

export async function withLayers(view: LayoutView, directory: string): Promise<LayoutView> {
  const images: LayoutImage[] = []
  const known = new Map<string, LayerSeen>()
  for (const image of view.images) {
    const diffIds = wordsAt(image.config, 'rootfs.diff_ids')
    const layers: LayerSeen[] = []
    for (const [i, { at, value }] of layersOf(image.manifest).entries()) {
      const said = isTar.exec(String(value.mediaType))
      const blob = view.layout.blobs.get(String(value.digest))
      if (said === null || blob?.isFile !== true) continue
      const expectedDiffId = diffIds[i]
      const key = `${blob.named} ${hashFor(expectedDiffId ?? '') === null} ${expectedDiffId?.split(':')[0]}`
      const seen = known.get(key) ?? (await readLayer(`${directory}/${blob.file}`, blob, expectedDiffId ?? 'sha256:'))
      known.set(key, seen)
      layers.push({ ...seen, at, saidCompression: said.groups?.how ?? 'none', expectedDiffId })
    }
    images.push({ ...image, layers })
  }
  return { ...view, images }
}

async function readLayer(file: string, blob: Blob, like: string): Promise<LayerSeen> {
  const { decompressor, detect, LayerReader, meaningOf } = await reading()
  const hash = hashFor(like)
  const paths = new Set<string>()
  const twice = new Set<string>()
  const nameless: string[] = []
  const reader = new LayerReader(
    {
      entry({ path }) {
        if (paths.has(path)) twice.add(path)
        paths.add(path)
        if (meaningOf(path.slice(path.lastIndexOf('/') + 1)).kind === 'invalid') nameless.push(path)
      },
      data() {},
      done() {},
    },
    { name: blob.named.slice(0, 19), endMarker: 'optional' },
  )
  let compression = 'none'
  let wrong: string | null = null
  let codec: ReturnType<typeof decompressor> | null = null
  try {
    for (const chunk of chunksOf(file)) {
      if (codec === null) {
        const kind = detect(chunk)
        compression = kind
        codec = decompressor(kind, bytes => {
          hash?.update(bytes)
          reader.push(bytes)
        })
      }
      await codec.write(chunk)
    }
    await codec?.end()
    reader.end()
  } catch (error) {
    if (!(error instanceof MiniDockerError)) throw error
    wrong = error.message.replace(/^layer '[^']*': /, '')
  } finally {
    codec?.close()
  }
  return {
    at: '',
    saidCompression: compression,
    compression,
    diffId: wrong !== null || hash === null ? null : `${like.slice(0, like.indexOf(':'))}:${hash.digest('hex')}`,
    expectedDiffId: undefined,
    wrong,
    twice: [...twice].slice(0, SHOWN),
    nameless: nameless.slice(0, SHOWN),
  }
}
