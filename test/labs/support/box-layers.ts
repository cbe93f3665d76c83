/** Layers as a registry has them, and what becomes of their bytes. */

import * as fs from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Tool } from '#labs/runner/grade/black-box'
import { sha } from './box-registry.js'
import { archive } from './room-images.js'

export interface Layer {
  readonly bytes: Buffer
  readonly diffId: string
}
const layerOf = (tar: string): Layer => {
  const plain = fs.readFileSync(tar)
  return { bytes: gzipSync(plain, { level: 1 }), diffId: sha(plain) }
}
/** A root file system, of which the tool has none from the check before: two that were made in the same second would be one. */
export const base = ({ room }: Tool): Layer => layerOf(archive(room, room.rootfs({ '/nonce': room.nonce() })))
/** A layer of one file. */
export function wordLayer({ room }: Tool, word: string): Layer {
  const tree = `${room.scratch}/${room.nonce()}`
  fs.mkdirSync(tree)
  fs.writeFileSync(`${tree}/word`, word)
  return layerOf(archive(room, tree))
}
/** Compressed or not. */
export const plainOf = (bytes: Buffer): Buffer => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes)

/** With one byte that is another. */
export function changed(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  other[other.length >> 1]! ^= 1
  return other
}
