/**
 * The content store: blobs by digest, in the directory of an OCI image layout (image-layout.md).
 *
 *     <store>/oci-layout, index.json
 *     <store>/blobs/sha256/<hex>      whole, verified, never changed
 *     <store>/ingest/<ref>/data       on its way in: nobody else looks here
 *
 * Nothing half-written is ever visible: bytes are ingested, verified, and committed by fsync and rename. A ref names an
 * ingest, so that who was cut off can go on where it was. Source: containerd's content store (docs/content-flow.md).
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { type Digest, hexOf } from '#core/spec/digest'
import { renameDurably, syncDirectory, writeDurably } from './durable.js'
import { Ingest } from './ingest.js'
import type { Lease } from './leases.js'
import { locked } from './lock.js'
import { onDisk } from './store-error.js'

/** A document larger than that is none: manifests and configs are read into memory. */
const documentLimit = 4 << 20

export class ContentStore {
  readonly root: string

  /** Makes the layout where there is none. @throws MiniDockerError FailedPrecondition when it cannot be written */
  constructor(root: string) {
    this.root = root
    if (fs.existsSync(`${root}/oci-layout`)) return
    try {
      for (const directory of ['blobs/sha256', 'ingest', 'leases']) {
        fs.mkdirSync(`${root}/${directory}`, { recursive: true, mode: 0o755 })
      }
      this.locked(() => {
        if (!fs.existsSync(`${root}/index.json`)) writeDurably(`${root}/index.json`, emptyIndex)
        writeDurably(`${root}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}')
      })
    } catch (cause) {
      const errno = errnoOf(cause)
      if (errno === undefined) throw cause
      fail('FailedPrecondition', {
        what: `image store '${root}'`,
        why: errno,
        hint: 'MINI_DOCKER_ROOT=/a/directory/of/yours chooses another place',
        cause,
      })
    }
  }

  /** One at a time, of all processes: for the moment of a change. */
  locked<T>(action: () => T): T {
    return locked(`${this.root}/lock`, action)
  }

  pathOf(digest: Digest): string {
    return `${this.root}/blobs/sha256/${hexOf(digest)}`
  }

  /** Bytes, null when it is not there. */
  sizeOf(digest: Digest): number | null {
    return fs.statSync(this.pathOf(digest), { throwIfNoEntry: false })?.size ?? null
  }

  has(digest: Digest): boolean {
    return this.sizeOf(digest) !== null
  }

  /** A file descriptor for reading, the caller's to close. @throws MiniDockerError NotFound */
  open(digest: Digest): number {
    try {
      return fs.openSync(this.pathOf(digest), 'r')
    } catch (cause) {
      if (errnoOf(cause) !== 'ENOENT') throw cause
      return missing(digest)
    }
  }

  /** A document, whole and verified. @throws MiniDockerError NotFound, FailedPrecondition when it is not what its name says */
  read(digest: Digest): Buffer {
    const size = this.sizeOf(digest) ?? missing(digest)
    if (size > documentLimit) {
      fail('FailedPrecondition', { what: `blob '${digest}'`, why: `is no document: ${size} bytes` })
    }
    const bytes = onDisk(this.root, () => fs.readFileSync(this.pathOf(digest)))
    if (digestOf(bytes) !== digest) corrupt(digest)
    return bytes
  }

  /** Puts a document in, and says its name. @param lease keeps it until somebody names it */
  put(bytes: Uint8Array, lease: Lease): Digest {
    const digest = digestOf(bytes)
    lease.keepBlob(digest)
    if (!this.#holds(digest, bytes)) writeDurably(this.pathOf(digest), bytes)
    return digest
  }

  /**
   * Begins to take in a blob, or goes on where `ref` was cut off.
   * @param lease keeps it once it is committed
   * @throws MiniDockerError Unavailable: another has it open
   */
  ingest(ref: string, lease: Lease): Ingest {
    if (!refRule.test(ref)) fail('InvalidArgument', { what: `ingest '${ref}'`, why: 'is no name for one' })
    const commit = (data: string, digest: Digest): void => {
      lease.keepBlob(digest) // before it is there: prune has no moment in between
      // also onto one of that name: these bytes are verified, and the disk may have changed those
      renameDurably(data, this.pathOf(digest))
    }
    // prune removes what nobody has locked: not between the making of this file and its lock
    return this.locked(() => new Ingest(`${this.root}/ingest/${ref}`, ref, commit))
  }

  /** Refs of what is on its way in, or was when its writer died. */
  ingests(): string[] {
    return fs.readdirSync(`${this.root}/ingest`)
  }

  /** Whether the bytes are still those that the name says: all of them are read. */
  verify(digest: Digest): boolean {
    const fd = this.open(digest)
    try {
      const hash = createHash('sha256')
      const buffer = Buffer.allocUnsafe(1 << 20)
      for (;;) {
        const read = fs.readSync(fd, buffer, 0, buffer.length, null)
        if (read === 0) return `sha256:${hash.digest('hex')}` === digest
        hash.update(buffer.subarray(0, read))
      }
    } finally {
      fs.closeSync(fd)
    }
  }

  remove(digest: Digest): void {
    fs.rmSync(this.pathOf(digest), { force: true })
  }

  digests(): Digest[] {
    const names = fs.readdirSync(`${this.root}/blobs/sha256`)
    return names.filter(name => /^[0-9a-f]{64}$/.test(name)).map(name => `sha256:${name}`)
  }

  /** Whether these very bytes are there: what the disk has changed is written anew. */
  #holds(digest: Digest, bytes: Uint8Array): boolean {
    return this.sizeOf(digest) === bytes.length && fs.readFileSync(this.pathOf(digest)).equals(bytes)
  }

  /** After removals: that they happened is to outlive a power cut as well. */
  sync(): void {
    syncDirectory(`${this.root}/blobs/sha256`)
  }
}

const refRule = /^[A-Za-z0-9][A-Za-z0-9_.=-]{0,199}$/

const emptyIndex = '{"schemaVersion":2,"manifests":[]}'

export const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const missing = (digest: Digest): never =>
  fail('NotFound', {
    what: `blob '${digest}'`,
    why: 'is not in the store',
    hint: 'the image is not whole: load, build or pull it again',
  })

const corrupt = (digest: Digest): never =>
  fail('FailedPrecondition', {
    what: `blob '${digest}'`,
    why: 'its bytes have another digest: the disk changed them',
    hint: 'remove the image, then load, build or pull it again',
  })
