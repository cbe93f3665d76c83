/** Files into a layer's blob in the store: tar, digest, gzip, digest, all on the way. The same files give the same digests. */

import * as fs from 'node:fs'
import { mediaTypes } from '#core/spec/image'
import { randomId } from '#core/sys/random'
import type { NewLayer } from '../image/make.js'
import { type Packable, packEntries } from '../layer/pack.js'
import type { Building } from './building.js'
import { openFile, type TakenFile } from './files.js'

export async function writeLayer({ images, lease, clamp }: Building, files: readonly TakenFile[]): Promise<NewLayer> {
  const ingest = images.store.ingest(lease.refOf(`build-${randomId()}`), lease)
  const out = fs.openSync(ingest.path, 'r+')
  try {
    const packed = await packEntries(files.map(foundOf), { out, compression: 'gzip', ...clampOf(clamp) })
    const { diffId, digest, size } = packed
    ingest.commit({}, packed)
    return { diffId, digest, size, mediaType: mediaTypes.layerGzip }
  } finally {
    fs.closeSync(out)
    ingest.abort()
  }
}

const foundOf = ({ entry, content }: TakenFile): Packable => ({
  entry,
  open: () => (typeof content === 'string' ? openFile(content) : (content ?? Buffer.alloc(0))),
})

export const clampOf = (clamp: number | undefined): { readonly clampMtime?: number } =>
  clamp === undefined ? {} : { clampMtime: clamp }
