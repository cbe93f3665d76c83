/** Images under test, seen without our own reader: layers unpacked by GNU tar, documents by JSON.parse. */

import * as assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import type { Descriptor, ImageConfig, Manifest } from '#core/spec/image'
import type { World } from './world.js'

export interface StoredImage {
  readonly manifest: Manifest
  readonly config: ImageConfig
  /** Paths of the layers' blobs, the lowest first. */
  readonly blobs: readonly string[]
}

const blobOf = (data: string, digest: string): string => `${data}/store/blobs/sha256/${digest.replace('sha256:', '')}`

function document<T>(data: string, digest: string): T {
  return JSON.parse(fs.readFileSync(blobOf(data, digest), 'utf8')) as T
}

export function imageNames(data: string): string[] {
  const file = `${data}/store/index.json`
  if (!fs.existsSync(file)) return []
  const { manifests } = JSON.parse(fs.readFileSync(file, 'utf8')) as { manifests: Descriptor[] }
  return manifests.map(({ annotations = {} }) => annotations['org.opencontainers.image.ref.name'] ?? '').sort()
}

/** @param digest of the manifest, as commands print it */
export function storedImage(data: string, digest: string): StoredImage {
  const manifest = document<Manifest>(data, digest)
  const config = document<ImageConfig>(data, manifest.config.digest)
  const blobs = manifest.layers.map(layer => blobOf(data, layer.digest))
  for (const [i, blob] of blobs.entries()) assert.equal(fs.statSync(blob).size, manifest.layers[i]!.size)
  return { manifest, config, blobs }
}

/** A root directory made of the layers, by tar. They hold no whiteouts. */
export function unpackedByTar(world: World, { blobs }: StoredImage): string {
  const root = world.path()
  fs.mkdirSync(root)
  // a link may take the place of an empty directory of the layer below: tar does not do that by itself
  for (const blob of blobs) {
    execFileSync('tar', ['--numeric-owner', '--recursive-unlink', '-xpf', blob, '-C', root], { stdio: 'pipe' })
  }
  return root
}

/** What tar says of it: a line an entry. */
export const tarList = (blob: string, ...flags: readonly string[]): string[] =>
  execFileSync('tar', ['--numeric-owner', '--full-time', '--quoting-style=escape', ...flags, '-tf', blob], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'], // it does not know how PAX says that a name is bytes
    env: { PATH: process.env.PATH, TZ: 'UTC' },
  })
    .split('\n')
    .filter(line => line !== '')
