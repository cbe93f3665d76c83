/** Files into a layer's blob in the store: tar, digest, gzip, digest, all on the way. */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import * as zlib from 'node:zlib'
import { mediaTypes } from '#core/spec/image'
import { randomId } from '#core/sys/random'
import type { NewLayer } from '../image/make.js'
import type { Images } from '../images.js'
import { LayerWriter } from '../layer/writer.js'
import type { Lease } from '../store/leases.js'
import { openFile, type TakenFile } from './files.js'

/** The same files give the same digests. */
export async function writeLayer(images: Images, files: readonly TakenFile[], lease: Lease): Promise<NewLayer> {
  const ingest = images.store.ingest(lease.refOf(`build-${randomId()}`), lease)
  try {
    const hash = createHash('sha256')
    const chunks: Buffer[] = []
    const writer = new LayerWriter(chunk => chunks.push(chunk))
    const gzip = zlib.createGzip({ level: 6, chunkSize: 1 << 18 })
    gzip.on('data', (chunk: Buffer) => ingest.write(chunk))
    const drain = async (): Promise<void> => {
      for (const chunk of chunks.splice(0)) {
        hash.update(chunk)
        await new Promise<void>((done, failed) => gzip.write(chunk, error => (error ? failed(error) : done())))
      }
    }
    for (const file of files) {
      for (const _ of stepsOf(writer, file)) await drain()
      if (chunks.length > 0) await drain()
    }
    writer.end()
    await drain()
    await new Promise<void>(done => gzip.on('end', done).end())
    const { size } = ingest
    const digest = ingest.commit({})
    return { diffId: `sha256:${hash.digest('hex')}`, digest, size, mediaType: mediaTypes.layerGzip }
  } finally {
    ingest.abort()
  }
}

function* stepsOf(writer: LayerWriter, { entry, content }: TakenFile): Generator<void> {
  if (typeof content !== 'string') {
    yield* writer.steps(entry, content ?? undefined)
    return
  }
  const fd = openFile(content)
  try {
    yield* writer.steps(entry, fd)
  } finally {
    fs.closeSync(fd)
  }
}
