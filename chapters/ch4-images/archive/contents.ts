/**
 * What an archive or a directory holds, on its way into the store: documents in memory, all else as sealed ingests, by the path
 * that it has there. Nobody sees any of it before `commit`.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Part, Progress } from '#core/cli/progress'
import { errnoOf, fail } from '#core/errors'
import { type Digest, shortOf } from '#core/spec/digest'
import { type Compression, detect } from '../layer/compress.js'
import type { ContentStore } from '../store/content.js'
import type { Ingest, Written } from '../store/ingest.js'
import type { Lease } from '../store/leases.js'
import { type ArchiveEntry, readArchive } from './tar.js'

/** Manifests and the like are read into memory. */
const DOCUMENT_MAX = 4 << 20
/** Layers of all platforms of all images in it, and their documents. */
const FILES_MAX = 20_000
const LINKS_MAX = 10

const documents: ReadonlySet<string> = new Set(['manifest.json', 'index.json', 'oci-layout', 'repositories'])

export interface Blob extends Written {
  readonly ingest: Ingest
  readonly compression: Compression
}

export class Contents {
  readonly name: string
  readonly #store: ContentStore
  readonly #lease: Lease
  readonly #progress: Progress
  readonly #documents = new Map<string, Buffer>()
  readonly #blobs = new Map<string, Blob>()
  readonly #byDigest = new Map<Digest, Blob>()
  readonly #links = new Map<string, string>()
  #files = 0

  /** @param name of the archive, for errors */
  constructor(name: string, store: ContentStore, lease: Lease, progress: Progress) {
    this.name = name
    this.#store = store
    this.#lease = lease.begin()
    this.#progress = progress
  }

  async readArchive(fd: number): Promise<void> {
    await readArchive(fd, this.name, async (entry, content) => {
      const at = normal(entry.name)
      if (entry.type === 'link') this.#link(at, entry)
      else if (entry.type === 'file') await this.#take(at, entry.size, content)
    })
  }

  /** An image layout as a directory, or an archive that was unpacked. Symlinks in it are not followed. */
  async readDirectory(directory: string): Promise<void> {
    for (const at of filesBelow(directory)) {
      const fd = fs.openSync(`${directory}/${at}`, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
      try {
        await this.#take(at, fs.fstatSync(fd).size, chunksOf(fd))
      } finally {
        fs.closeSync(fd)
      }
    }
  }

  /** @returns null where there is none @throws MiniDockerError FailedPrecondition when it is no JSON */
  json(at: string): unknown {
    const bytes = this.#documents.get(at) ?? this.#small(this.blob(at))
    if (bytes === null) return null
    try {
      return JSON.parse(bytes.toString('utf8'))
    } catch (cause) {
      return this.fail(`'${at}' is no JSON`, cause)
    }
  }

  /** By its path; links in the archive lead to it. */
  blob(at: string): Blob | null {
    let next = normal(at)
    for (let links = 0; links < LINKS_MAX; links++) {
      const target = this.#links.get(next)
      if (target === undefined) return this.#blobs.get(next) ?? null
      next = target
    }
    return this.fail(`'${at}' leads nowhere: too many links`)
  }

  byDigest(digest: Digest): Blob | null {
    return this.#byDigest.get(digest) ?? null
  }

  /** Into the store, where the lease keeps them. */
  commit(digests: Iterable<Digest>): void {
    const wanted = [...new Set(digests)]
    this.#lease.keepBlob(...wanted)
    for (const digest of wanted) this.#byDigest.get(digest)?.ingest.commit()
  }

  /** What was not committed goes. */
  end(): void {
    for (const { ingest } of this.#byDigest.values()) ingest.abort()
  }

  fail(why: string, cause?: unknown): never {
    return fail('FailedPrecondition', {
      what: `archive '${this.name}'`,
      why,
      hint: 'it was made wrongly, or changed on its way here',
      cause,
    })
  }

  async #take(at: string, size: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (++this.#files > FILES_MAX) this.fail(`has more than ${FILES_MAX} files`)
    if (!Number.isSafeInteger(size) || size < 0) this.fail(`'${at}' says that it has ${size} bytes`)
    if (documents.has(at)) {
      if (size > DOCUMENT_MAX) this.fail(`'${at}' has ${size} bytes, and is no document then`)
      this.#enterDocument(at, await collect(content))
      return
    }
    const blob = await this.#ingest(at, size, content)
    const before = this.#blobs.get(at)
    if (before !== undefined && before.digest !== blob.digest) {
      blob.ingest.abort()
      this.fail(`has '${at}' twice, and they differ`)
    }
    const same = this.#byDigest.get(blob.digest)
    if (same === undefined) this.#byDigest.set(blob.digest, blob)
    else blob.ingest.abort()
    this.#blobs.set(at, same ?? blob)
  }

  async #ingest(at: string, size: number, content: AsyncIterable<Uint8Array>): Promise<Blob> {
    const ingest = this.#store.ingest(this.#lease.refOf(String(this.#files)), this.#lease)
    const named = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(at)?.[1]
    let part: Part | null = null
    let head: Uint8Array = new Uint8Array()
    try {
      for await (const chunk of content) {
        if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4)]) // once: chunks are longer than that
        ingest.write(chunk)
        if (size > BAR_FROM) part ??= this.#progress.begin(named?.slice(0, 12) ?? shortName(at), 'Loading layer', size)
        part?.at(ingest.size)
      }
      const expected = named === undefined ? { size } : { size, digest: `sha256:${named}` }
      const written = ingest.seal(expected)
      part?.done('Loaded layer')
      return { ...written, ingest, compression: detect(head) }
    } catch (error) {
      ingest.abort()
      throw error
    }
  }

  #enterDocument(at: string, bytes: Buffer): void {
    const before = this.#documents.get(at)
    if (before !== undefined && !before.equals(bytes)) this.fail(`has '${at}' twice, and they differ`)
    this.#documents.set(at, bytes)
  }

  #link(at: string, { target, isSymlink }: ArchiveEntry): void {
    this.#links.set(at, normal(isSymlink ? `${path.posix.dirname(at)}/${target}` : target))
    if (this.#links.size > FILES_MAX) this.fail(`has more than ${FILES_MAX} links`)
  }

  /** A config or manifest among the blobs. */
  #small(blob: Blob | null): Buffer | null {
    if (blob === null) return null
    if (blob.size > DOCUMENT_MAX)
      this.fail(`blob ${shortOf(blob.digest)} has ${blob.size} bytes, and is no document then`)
    return fs.readFileSync(blob.ingest.path)
  }
}

/** What is smaller is there before a bar for it could be seen. */
const BAR_FROM = 64 << 10

/** Where it would lie below the root of the archive, whatever it says. */
const normal = (name: string): string => path.posix.join('/', name).slice(1)

/** docker's old archives call a layer `<id>/layer.tar`. */
const shortName = (at: string): string =>
  at.endsWith('/layer.tar') ? at.slice(0, 12) : path.posix.basename(at).slice(0, 12)

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function* chunksOf(fd: number): AsyncIterable<Uint8Array> {
  const buffer = Buffer.allocUnsafe(1 << 20)
  for (;;) {
    const read = fs.readSync(fd, buffer, 0, buffer.length, null)
    if (read === 0) return
    yield buffer.subarray(0, read)
  }
}

const DEPTH_MAX = 4

function* filesBelow(directory: string, below = '', depth = 0): Generator<string> {
  for (const entry of list(`${directory}/${below}`)) {
    const at = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isFile()) yield at
    else if (entry.isDirectory() && depth < DEPTH_MAX) yield* filesBelow(directory, at, depth + 1)
  }
}

function list(directory: string): fs.Dirent[] {
  try {
    return fs.readdirSync(directory, { withFileTypes: true })
  } catch (cause) {
    return fail('FailedPrecondition', { what: `directory '${directory}'`, why: errnoOf(cause) ?? String(cause), cause })
  }
}
