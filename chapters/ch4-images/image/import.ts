/** `ch4 import`: an archive is a layer as it stands; what an image needs beside it is a config that says so. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { errnoOf, fail } from '#core/errors'
import { type Descriptor, type ImageConfig, mediaTypes } from '#core/spec/image'
import { randomId } from '#core/sys/random'
import { openImages } from '../images.js'
import { chainIds } from '../snapshot/chain-id.js'
import { parseName } from '../store/image-name.js'
import { Lease } from '../store/leases.js'
import { callWorker } from '../worker/call.js'
import { makeImage } from './make.js'

export async function importImage(_flags: Flags, [file, asked, ...more]: readonly string[]): Promise<number> {
  if (file === undefined || asked === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 import',
      why: 'needs a file and a name',
      hint: 'mini-docker ch4 import FILE|- NAME',
    })
  }
  const name = parseName(asked)
  const images = openImages()
  const { store, snapshotter, at } = images
  const lease = new Lease(store)
  const key = `unpack-${randomId()}`
  const ingest = store.ingest(`import-${randomId()}`, lease)
  try {
    copyIn(file, chunk => ingest.write(chunk))
    lease.keepSnapshot(key)
    const mount = snapshotter.prepare(key, null)
    // unpacked before it counts as an image: an archive that cannot be unpacked is none
    const layer = await callWorker({ job: 'unpack', arguments: { blob: ingest.path }, mount, at })
    ingest.commit({ digest: layer.digest })
    const [chainId] = chainIds([layer.diffId])
    lease.keepSnapshot(chainId!)
    if (snapshotter.stat(chainId!) === null) snapshotter.commit(chainId!, key)
    const created = new Date().toISOString()
    const config: ImageConfig = {
      created,
      ...images.platform,
      config: {},
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [{ created, comment: `imported from ${file}` }],
    }
    const descriptor: Descriptor = { mediaType: mediaTypes.layer, digest: layer.digest, size: layer.size }
    const target = makeImage(images, config, [descriptor], lease)
    images.names.set(name, target)
    out(`${target.digest}\n`)
    return 0
  } finally {
    ingest.abort()
    if (snapshotter.stat(key) !== null) snapshotter.remove(key)
    lease.end()
  }
}

function copyIn(file: string, write: (chunk: Uint8Array) => void): void {
  const fd = file === '-' ? 0 : openFile(file)
  const buffer = Buffer.allocUnsafe(1 << 20)
  try {
    for (;;) {
      const read = fs.readSync(fd, buffer, 0, buffer.length, null)
      if (read === 0) return
      write(buffer.subarray(0, read))
    }
  } finally {
    if (fd !== 0) fs.closeSync(fd)
  }
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
