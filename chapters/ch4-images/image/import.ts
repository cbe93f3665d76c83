/** `ch4 import`: an archive is a layer as it stands; what an image needs beside it is a config that says so. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { openProgress, type Progress } from '#core/cli/progress'
import { errnoOf, fail } from '#core/errors'
import { type Descriptor, type ImageConfig, mediaTypes } from '#core/spec/image'
import { randomId } from '#core/sys/random'
import { readAll } from '../fd-stream.js'
import { type Images, openImages } from '../images.js'
import { type Compression, detect } from '../layer/compress.js'
import { chainIds } from '../parts-in-use.js'
import { commitOnce } from '../snapshot/commit-once.js'
import { abandon } from '../store/empty-trash.js'
import { parseName } from '../store/image-name.js'
import type { Ingest } from '../store/ingest.js'
import { Lease } from '../store/leases.js'
import { callWorker } from '../worker/call.js'
import { meaningsIn } from '../worker/meanings.js'
import { applyChanges, changeIn } from './change.js'
import { makeImage } from './make.js'
import { parsePlatform } from './platform.js'
import { readImage } from './read.js'

export async function importImage(flags: Flags, [file, asked, ...more]: readonly string[]): Promise<number> {
  if (file === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 import',
      why: 'needs a file and a name',
      hint: 'mini-docker ch4 import FILE|- NAME',
    })
  }
  if (/^https?:\/\//.test(file)) {
    fail('Unsupported', { what: `archive '${file}'`, why: 'ch4 knows no network', hint: 'curl … | ch4 import - NAME' })
  }
  const name = asked === undefined ? null : parseName(asked)
  const changes = flags.all('change').map(changeIn)
  const platform = flags.one('platform')
  const images = openImages()
  const { config } = applyChanges({}, null, changes)
  const created = new Date().toISOString()
  const comment = flags.one('message') ?? `imported from ${file}`
  const progress = openProgress(flags.on('quiet'))
  const lease = new Lease(images.store)
  let done = false
  try {
    const { descriptor, diffId } = await takeIn(images, file, lease, progress)
    const whole: ImageConfig = {
      created,
      ...(platform === undefined ? images.platform : parsePlatform(platform)),
      config,
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [{ created, comment }],
    }
    const target = makeImage(images, whole, [descriptor], lease)
    if (name === null) images.names.add(target)
    else images.names.set(name, target)
    done = true
    progress.end()
    out(`${readImage(images.store, target, images.platform).id}\n`)
    return 0
  } finally {
    progress.end()
    if (done) lease.end()
    else await abandon(images, lease)
  }
}

const types: Readonly<Record<Compression, string>> = {
  none: mediaTypes.layer,
  gzip: mediaTypes.layerGzip,
  zstd: mediaTypes.layerZstd,
}

/** Unpacked before it counts as a layer: an archive that cannot be unpacked is none. */
async function takeIn(images: Images, file: string, lease: Lease, progress: Progress) {
  const { store, snapshotter, at } = images
  const key = `unpack-${randomId()}`
  const ingest = store.ingest(`import-${randomId()}`, lease)
  try {
    const compression = copyIn(file, ingest, progress)
    lease.keepSnapshot(key)
    const mount = snapshotter.prepare(key, null)
    const part = progress.begin('archive', 'Unpacking', ingest.size)
    const onProgress = (bytes: number): void => part.at(bytes)
    const given = { blob: ingest.path, ...(await meaningsIn(ingest.path)) }
    const layer = await callWorker({ job: 'unpack', arguments: given, mount, at, onProgress })
    part.done('Unpacked')
    const digest = ingest.commit({ size: layer.size })
    const [chainId] = chainIds([layer.diffId])
    lease.keepSnapshot(chainId!)
    commitOnce(snapshotter, chainId!, key)
    const descriptor: Descriptor = { mediaType: types[compression], digest, size: layer.size }
    return { descriptor, diffId: layer.diffId }
  } finally {
    ingest.abort()
    if (snapshotter.stat(key) !== null) snapshotter.remove(key)
  }
}

function copyIn(file: string, ingest: Ingest, progress: Progress): Compression {
  const fd = file === '-' ? 0 : openFile(file)
  const size = fs.fstatSync(fd).isFile() ? fs.fstatSync(fd).size : null
  const part = progress.begin('archive', 'Reading', size)
  const head: number[] = []
  try {
    readAll(fd, chunk => {
      if (head.length < 4) head.push(...chunk.subarray(0, 4))
      ingest.write(chunk)
      part.at(ingest.size)
    })
  } finally {
    if (fd !== 0) fs.closeSync(fd)
  }
  part.done('Read')
  return detect(Uint8Array.from(head))
}

function openFile(file: string): number {
  try {
    return fs.openSync(file, 'r')
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', {
      what: `archive '${file}'`,
      why: errno,
      hint: "name a tar archive, or '-' for stdin",
      cause,
    })
  }
}
