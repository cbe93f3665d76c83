/** Archives made by hand, header by header, also such as no writer makes; and what becomes of them. */

import * as fs from 'node:fs'
import { LayerApplier } from '#chapters/ch4-images/layer/apply'
import { type Entry, noXattrs } from '#chapters/ch4-images/layer/entry'
import { LayerReader, type ReaderOptions } from '#chapters/ch4-images/layer/reader'
import { LayerWriter } from '#chapters/ch4-images/layer/writer'
import { MiniDockerError } from '#core/errors'

export interface RawHeader {
  readonly name: string
  readonly type?: string
  readonly link?: string
  readonly content?: string | Buffer
  readonly mode?: string
  readonly uid?: string
  readonly size?: string
  readonly magic?: string
  readonly prefix?: string
  readonly device?: readonly [string, string]
  /** Added to the right checksum. */
  readonly wrong?: number
}

/** A header and its content, filled up to whole blocks. Strings are bytes (latin1). */
export function raw(header: RawHeader): Buffer {
  const {
    name,
    type = '0',
    link = '',
    content = '',
    mode = '0000644',
    uid = '0000000',
    magic = 'ustar\x0000',
    prefix = '',
  } = header
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  const block = Buffer.alloc(512)
  const fields: readonly (readonly [number, string])[] = [
    [0, name],
    [100, mode],
    [108, uid],
    [116, '0000000'],
    [124, header.size ?? bytes.length.toString(8).padStart(11, '0')],
    [136, '00000000000'],
    [148, '        '],
    [156, type],
    [157, link],
    [257, magic],
    [329, header.device?.[0] ?? ''],
    [337, header.device?.[1] ?? ''],
    [345, prefix],
  ]
  for (const [at, text] of fields) block.write(text, at, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0) + (header.wrong ?? 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

export const endMarker = Buffer.alloc(1024)
export const archive = (...headers: readonly (RawHeader | Buffer)[]): Buffer =>
  Buffer.concat([...headers.map(one => (Buffer.isBuffer(one) ? one : raw(one))), endMarker])

/** One PAX record, its length computed the slow way. */
export function record(key: string, value: string): string {
  for (let length = 1; ; length++) {
    const text = `${length} ${key}=${value}\n`
    if (text.length === length) return text
  }
}
export const pax = (...records: readonly (readonly [string, string])[]): RawHeader => ({
  name: 'pax',
  type: 'x',
  content: records.map(([key, value]) => record(key, value)).join(''),
})

/** An entry with what is not given as it most often is. */
export const entry = (path: string, rest: Partial<Entry> = {}): Entry => ({
  path,
  type: 'file',
  mode: rest.type === 'directory' ? 0o755 : 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  xattrs: noXattrs,
  ...rest,
})

/** Entries by our own writer; a file's content is given instead of its size. */
export function written(...entries: readonly (readonly [Entry, string?])[]): Buffer {
  const chunks: Buffer[] = []
  const writer = new LayerWriter(chunk => chunks.push(chunk))
  for (const [one, content = ''] of entries) {
    const bytes = Buffer.from(content)
    writer.add({ ...one, size: bytes.length }, bytes)
  }
  writer.end()
  return Buffer.concat(chunks)
}

export interface Read {
  readonly entry: Entry
  readonly content: Buffer
}

/** All entries with their content. @param step how many bytes are pushed at a time */
export function readAll(bytes: Buffer, step = bytes.length, options: ReaderOptions = {}): Read[] {
  const found: { entry: Entry; content: Buffer[]; done: boolean }[] = []
  const reader = new LayerReader(
    {
      entry: one => found.push({ entry: one, content: [], done: false }),
      data: chunk => found.at(-1)!.content.push(Buffer.from(chunk)),
      done() {
        found.at(-1)!.done = true
      },
    },
    options,
  )
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step))
  reader.end()
  if (found.some(({ done }) => !done)) throw new Error('an entry was not completed')
  return found.map(({ entry: one, content }) => ({ entry: one, content: Buffer.concat(content) }))
}

/** Puts an archive onto a directory. */
export function applyTo(root: string, bytes: Buffer, limits: { maxEntries?: number; maxBytes?: number } = {}) {
  const applier = new LayerApplier(root, limits)
  try {
    const reader = new LayerReader(applier)
    reader.push(bytes)
    reader.end()
    return applier.finish()
  } finally {
    applier.close()
  }
}

/** The one line of what is refused. @throws when it is not, or by accident */
export function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof MiniDockerError) return error.line
    throw error
  }
  throw new Error('it was not refused')
}

/** The same of what takes its time. */
export async function laterRefusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MiniDockerError) return error.line
    throw error
  }
  throw new Error('it was not refused')
}

/** Open fds of this process: none may be left. */
export const openFds = (): number => fs.readdirSync('/proc/self/fd').length
