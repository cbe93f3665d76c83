/** Looks at an image layout for the rules: a directory, or a tar archive, which is unpacked to one that goes away again. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { errnoOf } from '#core/errors'
import { reading } from '../../ch4-images/index.js'
import { hashFor } from './digest-words.js'
import type { Blob, Layout } from './layout.js'

/** Documents are read into memory: no larger ones are taken by registries either. */
export const DOCUMENT_MAX = 4 << 20
const CHUNK = 1 << 20

export function readLayout(directory: string): Layout {
  const blobs = new Map<string, Blob>()
  for (const algorithm of namesIn(`${directory}/blobs`)) {
    for (const encoded of namesIn(`${directory}/blobs/${algorithm}`)) {
      const blob = blobAt(directory, `blobs/${algorithm}/${encoded}`, `${algorithm}:${encoded}`)
      blobs.set(blob.named, blob)
    }
  }
  return {
    marker: textOf(`${directory}/oci-layout`),
    index: textOf(`${directory}/index.json`),
    hasBlobs: fs.statSync(`${directory}/blobs`, { throwIfNoEntry: false })?.isDirectory() === true,
    blobs,
    text: ({ file, isFile }) => (isFile ? textOf(`${directory}/${file}`) : null),
  }
}

/** The directory for as long as `use` needs it. @throws MiniDockerError FailedPrecondition for what is no tar archive */
export async function withUnpacked<T>(fd: number, name: string, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mini-docker-layout-'))
  try {
    await unpack(fd, name, directory)
    return await use(directory)
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** What belongs to a layout alone, and by these names alone: nothing of it leads anywhere else. */
const belongs = /^(?:\.\/)?(oci-layout|index\.json|blobs\/(?!\.)[^/]{1,255}\/(?!\.)[^/]{1,255})$/

async function unpack(fd: number, archive: string, directory: string): Promise<void> {
  const { readArchive } = await reading()
  await readArchive(fd, archive, async ({ name, type }, content) => {
    if (/^(\.\/)?blobs\/?$/.test(name)) fs.mkdirSync(`${directory}/blobs`, { recursive: true })
    const place = type === 'file' ? belongs.exec(name)?.[1] : undefined
    if (place === undefined) return drain(content)
    fs.mkdirSync(path.dirname(`${directory}/${place}`), { recursive: true })
    const out = fs.openSync(`${directory}/${place}`, 'w', 0o600)
    try {
      for await (const chunk of content) writeAll(out, chunk)
    } finally {
      fs.closeSync(out)
    }
  })
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += fs.writeSync(fd, chunk, at)
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}

function blobAt(directory: string, file: string, named: string): Blob {
  const stat = fs.statSync(`${directory}/${file}`, { throwIfNoEntry: false })
  const isFile = stat?.isFile() === true
  return { file, named, isFile, size: stat?.size ?? 0, digest: isFile ? digestOf(`${directory}/${file}`, named) : null }
}

function digestOf(file: string, named: string): string | null {
  const hash = hashFor(named)
  if (hash === null) return null
  for (const chunk of chunksOf(file)) hash.update(chunk)
  return `${named.slice(0, named.indexOf(':'))}:${hash.digest('hex')}`
}

/** The bytes are the caller's until it asks for more. */
export function* chunksOf(file: string): Generator<Buffer> {
  const fd = fs.openSync(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK)
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) yield buffer.subarray(0, read)
  } finally {
    fs.closeSync(fd)
  }
}

/** null where there is none, or more than a document has. */
function textOf(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size <= DOCUMENT_MAX ? fs.readFileSync(file, 'utf8') : null
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory).sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return []
    throw error
  }
}
