/**
 * An OCI image layout in a directory: `oci-layout`, `index.json`, `blobs/sha256/…`. Source: image-spec image-layout.md.
 * Blobs are written beside their place, verified, and renamed into it; the index is changed last.
 */

import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { makeDirectories, writeAtomically } from '#core/exec/files'
import { type Digest, hexOf, shortOf } from '#core/spec/digest'
import { annotations, type Descriptor, type Index } from '#core/spec/image'
import { type Document, descriptorsIn, digestOf, MANIFEST_MAX, parseDocument } from '../image/manifest.js'
import type { Sink, Source } from './ends.js'

const READ = 1 << 20
const pathIn = (directory: string, digest: Digest): string => `${directory}/blobs/sha256/${hexOf(digest)}`

/** @param tag null: the only image that it has */
export function layoutSource(directory: string, tag: string | null): Source {
  const what = `layout '${directory}'`
  const document = (descriptor: Descriptor): Document => {
    if (descriptor.size > MANIFEST_MAX) fail('FailedPrecondition', { what, why: `${descriptor.digest} is no document` })
    const bytes = readFile(pathIn(directory, descriptor.digest), what)
    if (digestOf(bytes) !== descriptor.digest)
      fail('FailedPrecondition', { what, why: `${descriptor.digest} was changed` })
    const { annotations: _, ...bare } = descriptor
    return { bytes, descriptor: bare }
  }
  return {
    name: null,
    at: null,
    async top() {
      const { manifests } = parseDocument(readFile(`${directory}/index.json`, what), { what })
      return document(chosen(descriptorsIn(manifests, { what }), tag, what))
    },
    manifest: async descriptor => document(descriptor),
    reader:
      ({ digest }) =>
      (first, end) =>
        slice(pathIn(directory, digest), first, end, what),
    close: async () => undefined,
  }
}

export function chosen(entries: readonly Descriptor[], tag: string | null, what: string): Descriptor {
  const nameOf = (entry: Descriptor): string => entry.annotations?.[annotations.refName] ?? ''
  const fitting = tag === null ? entries : entries.filter(entry => nameOf(entry) === tag)
  const [first] = fitting
  if (first !== undefined && fitting.every(({ digest }) => digest === first.digest)) return first
  return fail('NotFound', {
    what,
    why: tag === null ? `has ${entries.length} images` : `has no image '${tag}'`,
    hint: `choose one: ${entries.map(nameOf).filter(Boolean).slice(0, 10).join(', ') || 'it has none'}`,
  })
}

async function* slice(file: string, first: number, end: number, what: string): AsyncIterable<Uint8Array> {
  const fd = onFile(file, what, () => fs.openSync(file, 'r'))
  try {
    for (let at = first; at < end; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ, end - at))
      const read = fs.readSync(fd, buffer, 0, buffer.length, at)
      if (read === 0) fail('FailedPrecondition', { what, why: `'${file}' ends too early` })
      at += read
      yield buffer.subarray(0, read)
    }
  } finally {
    fs.closeSync(fd)
  }
}

const readFile = (file: string, what: string): Buffer => onFile(file, what, () => fs.readFileSync(file))

function onFile<T>(file: string, what: string, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause)
    return fail(errno === 'ENOENT' ? 'NotFound' : 'FailedPrecondition', { what, why: `'${file}': ${errno}`, cause })
  }
}

/** @param tag null: none */
export function layoutSink(directory: string, tag: string | null): Sink {
  const what = `layout '${directory}'`
  onFile(directory, what, () => makeDirectories(`${directory}/blobs/sha256`, 0o755))
  const put = async (digest: Digest, size: number, bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    const place = pathIn(directory, digest)
    const temporary = `${directory}/blobs/sha256/.${hexOf(digest)}.${process.pid}`
    const hash = createHash('sha256')
    const fd = onFile(temporary, what, () => fs.openSync(temporary, 'w', 0o644))
    try {
      let written = 0
      for await (const chunk of bytes) {
        hash.update(chunk)
        onFile(temporary, what, () => {
          for (let at = 0; at < chunk.length; ) at += fs.writeSync(fd, chunk, at)
        })
        written += chunk.length
      }
      const found = `sha256:${hash.digest('hex')}`
      if (written !== size || found !== digest) {
        fail('FailedPrecondition', {
          what: `blob '${shortOf(digest)}'`,
          why: `has ${written} bytes and the digest ${found}`,
        })
      }
      fs.fsyncSync(fd)
      fs.renameSync(temporary, place)
    } finally {
      fs.closeSync(fd)
      fs.rmSync(temporary, { force: true })
    }
  }
  return {
    async blob(blob, source, at) {
      if (fs.statSync(pathIn(directory, blob.digest), { throwIfNoEntry: false })?.size === blob.size)
        return 'Already exists'
      let written = 0
      const counted = async function* (): AsyncIterable<Uint8Array> {
        for await (const chunk of source.reader(blob)(0, blob.size)) {
          yield chunk
          written += chunk.length
          at(written)
        }
      }
      await put(blob.digest, blob.size, counted())
      return 'Copied'
    },
    manifest: ({ bytes, descriptor }) => put(descriptor.digest, bytes.length, once(bytes)),
    async finish({ bytes, descriptor }) {
      await put(descriptor.digest, bytes.length, once(bytes))
      const file = `${directory}/index.json`
      const there = fs.existsSync(file)
        ? descriptorsIn(parseDocument(readFile(file, what), { what }).manifests, { what })
        : []
      const named = tag === null ? descriptor : { ...descriptor, annotations: { [annotations.refName]: tag } }
      const isOther = (one: Descriptor): boolean =>
        tag === null ? one.digest !== descriptor.digest : one.annotations?.[annotations.refName] !== tag
      const index: Index = { schemaVersion: 2, manifests: [...there.filter(isOther), named] }
      onFile(file, what, () => {
        writeAtomically(file, JSON.stringify(index), 0o644)
        writeAtomically(`${directory}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}', 0o644)
      })
    },
    close: async () => undefined,
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
