/**
 * `ch4 load`: images from an archive. All of it is on the disk and verified before any of it is seen, each image unpacked, and
 * then all get their names at once.
 */

import * as fs from 'node:fs'
import * as tty from 'node:tty'
import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { openProgress, type Progress } from '#core/cli/progress'
import { errnoOf, fail } from '#core/errors'
import { shortOf } from '#core/spec/digest'
import type { Descriptor, Platform } from '#core/spec/image'
import { listEntries } from '../image/entries.js'
import { parsePlatform, platformText } from '../image/platform.js'
import { isIndex, manifestFor, readImage } from '../image/read.js'
import { unpackImage } from '../image/unpack.js'
import { verifyPresence } from '../image/verify.js'
import { type Images, openImages } from '../images.js'
import { abandon } from '../store/empty-trash.js'
import { Lease } from '../store/leases.js'
import { Contents } from './contents.js'
import { type FoundImage, readImages } from './read-images.js'

export async function load(flags: Flags): Promise<number> {
  const input = flags.one('input')
  if (input === undefined && tty.isatty(0)) {
    fail('InvalidArgument', { what: 'ch4 load', why: 'needs an archive', hint: 'ch4 load -i FILE, or … | ch4 load' })
  }
  const platform = flags.one('platform')
  const images = openImages()
  const progress = openProgress(flags.on('quiet'))
  const wanted = platform === undefined ? null : parsePlatform(platform)
  try {
    const loaded = await loadImages(images, input ?? null, wanted, progress)
    progress.end()
    for (const { names, id } of loaded) {
      for (const name of names) out(`Loaded image: ${name}\n`)
      if (names.length === 0) out(`Loaded image ID: ${id}\n`)
    }
    return 0
  } finally {
    progress.end()
  }
}

export interface Loaded {
  readonly names: readonly string[]
  /** Of the config; of an index without this machine's platform its digest. */
  readonly id: string
  readonly target: Descriptor
}

/** @param input a file or a directory; null: stdin @throws MiniDockerError: the store is as it was before then */
export async function loadImages(
  images: Images,
  input: string | null,
  platform: Platform | null,
  progress: Progress,
): Promise<Loaded[]> {
  const { store, names } = images
  const lease = new Lease(store)
  const contents = new Contents(input ?? 'stdin', store, lease, progress)
  let done = false
  try {
    await readInto(contents, input)
    const found = readImages(contents).map(image => asKnown(images, image, lease))
    contents.commit(found.flatMap(({ blobs }) => blobs))
    for (const { made } of found) if (made !== null) store.put(made, lease)
    const loaded: Loaded[] = []
    for (const image of found) loaded.push(await check(images, image, platform, lease, progress))
    store.locked(() => {
      for (const { names: own, target } of loaded) {
        for (const name of own) names.set(name, target)
        if (own.length === 0) names.add(target)
      }
    })
    done = true
    return loaded
  } finally {
    contents.end()
    if (done) lease.end()
    else await abandon(images, lease)
  }
}

/** An archive without manifests brings an image that is here already: that has one, which it keeps. */
function asKnown(images: Images, found: FoundImage, lease: Lease): FoundImage {
  if (found.made === null) return found
  return images.store.locked(() => {
    const known = listEntries(images).find(({ image }) => image?.id === found.id)?.image?.descriptor
    if (known === undefined || verifyPresence(images, known).length > 0) return found
    lease.keepBlob(known.digest)
    const { annotations: _, ...target } = known
    return { ...found, target, blobs: [], made: null }
  })
}

export async function readInto(contents: Contents, input: string | null): Promise<void> {
  if (input === null) return contents.readArchive(0)
  let fd: number
  try {
    fd = fs.openSync(input, 'r')
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    const hint = 'an archive of docker save or an OCI image layout'
    return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', {
      what: `archive '${input}'`,
      why: errno,
      hint,
      cause,
    })
  }
  try {
    if (fs.fstatSync(fd).isDirectory()) await contents.readDirectory(input)
    else await contents.readArchive(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Unpacks what this machine would run: that is where a layer shows that it is one, and what its config says it is. */
async function check(
  images: Images,
  { target, names }: FoundImage,
  platform: Platform | null,
  lease: Lease,
  progress: Progress,
): Promise<Loaded> {
  const chosen = platform === null ? target : only(images, target, platform)
  const own = runnable(images, chosen, platform ?? images.platform)
  if (own === null) return { names, id: chosen.digest, target: chosen }
  const image = readImage(images.store, own, platform ?? images.platform)
  const part = progress.begin(
    shortOf(image.id),
    'Unpacking',
    image.layers.reduce((sum, one) => sum + one.descriptor.size, 0),
  )
  const bytes = new Map<string, number>()
  await unpackImage(images, image, lease, (layer, now) => {
    bytes.set(layer.chainId, now)
    part.at([...bytes.values()].reduce((sum, one) => sum + one, 0))
  })
  part.done('Unpacked')
  return { names, id: image.id, target: chosen }
}

/** Of an index the one platform; an image for one has to be for that. */
function only(images: Images, target: Descriptor, platform: Platform): Descriptor {
  if (isIndex(target)) return manifestFor(images.store, target, platform)
  const { config } = readImage(images.store, target, platform)
  if (config.architecture === platform.architecture && config.os === platform.os) return target
  return fail('NotFound', {
    what: `platform '${platformText(platform)}'`,
    why: `the image has ${platformText(config)}`,
    hint: 'leave --platform out',
  })
}

/** null: an index that has nothing for this machine, or whose manifest for it is not here. */
function runnable(images: Images, target: Descriptor, platform: Platform): Descriptor | null {
  if (!isIndex(target)) return target
  try {
    const manifest = manifestFor(images.store, target, platform)
    return images.store.has(manifest.digest) ? manifest : null
  } catch {
    return null
  }
}
