/** What `mini-docker rootfs` shows of the default rootfs, without building it. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { defaultRootfsPath, ensureDefaultRootfs, isDirectory } from './default.js'
import type { Flavour } from './skeleton.js'

export interface DefaultRootfsDescription {
  readonly path: string
  readonly exists: boolean
  /** Null when there is none, as builtAt. */
  readonly flavour: Flavour | null
  readonly programs: readonly string[]
  /** Sum of its regular files' sizes. */
  readonly bytes: number
  /** ISO 8601, UTC. */
  readonly builtAt: string | null
}

export function describeDefaultRootfs({ dataDir }: { readonly dataDir: string }): DefaultRootfsDescription {
  const place = defaultRootfsPath(dataDir)
  if (!isDirectory(place)) {
    return { path: place, exists: false, flavour: null, programs: [], bytes: 0, builtAt: null }
  }
  const { flavour, programs } = ensureDefaultRootfs({ dataDir })
  const bytes = sizeOf(place, fs.lstatSync(place).dev)
  // The directory's mtime changes with each name made in it; /etc/mtab is a link that nothing rewrites.
  const mark = fs.lstatSync(path.join(place, 'etc/mtab'), { throwIfNoEntry: false }) ?? fs.lstatSync(place)
  return { path: place, exists: true, flavour, programs, bytes, builtAt: mark.mtime.toISOString() }
}

/** Stays on the device: what a chapter mounted in there is not the rootfs's own. Unreadable directories count nothing. */
function sizeOf(directory: string, device: number): number {
  let bytes = 0
  for (const name of list(directory)) {
    const stat = fs.lstatSync(path.join(directory, name), { throwIfNoEntry: false })
    if (stat === undefined || stat.dev !== device) continue
    if (stat.isFile()) bytes += stat.size
    else if (stat.isDirectory()) bytes += sizeOf(path.join(directory, name), device)
  }
  return bytes
}

function list(directory: string): string[] {
  try {
    return fs.readdirSync(directory)
  } catch {
    return []
  }
}
