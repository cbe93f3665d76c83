/** Files into a layer's blob in the store: tar, digest, compression, digest, all on the way; and what was seen of them. */

import { randomId } from '#core/sys/random'
import type { NewLayer } from '../image/make.js'
import type { Images } from '../images.js'
import type { Found } from '../layer/walk.js'
import type { Lease } from '../store/leases.js'
import { clamped, ownedByRoot } from './entries.js'
import type { Compression } from './wish.js'

export interface WriteOptions {
  readonly lease: Lease
  readonly compression: Compression
  /** Seconds since 1970: no time is later. */
  readonly clamp: number | undefined
}

export interface WrittenLayer extends NewLayer {
  readonly files: number
  /** Bytes of all files. */
  readonly bytes: number
  /** Seconds since 1970: when the newest file was written. */
  readonly newest: number
}
