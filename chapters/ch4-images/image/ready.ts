/**
 * Images that are unpacked already, for who starts one: what `run` needs of an image, in one small file,
 * `<data>/snapshots/ready/<digest of the manifest>.json`. To follow index, manifest and config, each verified by its digest,
 * to compute the chain IDs, and to look for a user in twenty layers anew takes as long as all else that an image adds to a start.
 *
 * It is written when all of that was done once, and counts as long as the topmost snapshot is there. Not synced: one that is
 * cut short is none, and the long way leads there as well.
 */

import * as fs from 'node:fs'
import { makeDirectories, writeAtomically } from '#core/exec/files'
import type { Account } from '#core/spec/account'
import { type Digest, hexOf } from '#core/spec/digest'
import type { ContainerConfig } from '#core/spec/image'
import type { Images } from '../images.js'
import { sweepTemporaries } from '../store/durable.js'
import { mayBeId, parseName } from '../store/image-name.js'
import { isIndex } from './read.js'

export interface ReadyImage {
  readonly manifest: Digest
  readonly config: ContainerConfig
  /** Name of the topmost snapshot. */
  readonly top: Digest
  /**
   * Who the config's user is, or root where it names none: in layers that do not change any more. null: it was first started as
   * somebody else.
   */
  readonly account: Account | null
}

/** 1 had no account. Another one's is as good as none. */
const VERSION = 2

/** @param who a name; what may be an ID takes the long way */
export function findReady(images: Images, who: string): ReadyImage | null {
  if (mayBeId(who)) return null
  const target = images.names.get(parseName(who))
  if (target === null || isIndex(target)) return null
  const ready = readReady(fileOf(images, target.digest))
  return ready !== null && images.snapshotter.stat(ready.top) !== null ? ready : null
}

/** Those of manifests that are gone go, too. */
export function noteReady(images: Images, ready: ReadyImage): void {
  const directory = directoryOf(images)
  makeDirectories(directory, 0o755)
  forgetGone(images)
  writeAtomically(fileOf(images, ready.manifest), JSON.stringify({ version: VERSION, ...ready }))
}

/** Removes what is said of manifests that are not there any more, and what was left half written. */
export function forgetGone(images: Images): void {
  const directory = directoryOf(images)
  if (!fs.existsSync(directory)) return
  for (const name of fs.readdirSync(directory)) {
    const hex = /^([0-9a-f]{64})\.json$/.exec(name)?.[1]
    if (hex !== undefined && !images.store.has(`sha256:${hex}`)) fs.rmSync(`${directory}/${name}`, { force: true })
  }
  sweepTemporaries(directory) // not those of the living: they are about to be renamed
}

const directoryOf = ({ data }: Images): string => `${data}/snapshots/ready`
const fileOf = (images: Images, manifest: Digest): string => `${directoryOf(images)}/${hexOf(manifest)}.json`

function readReady(file: string): ReadyImage | null {
  try {
    const ready = JSON.parse(fs.readFileSync(file, 'utf8')) as ReadyImage & { readonly version: number }
    return ready.version === VERSION ? ready : null
  } catch {
    return null
  }
}
