/**
 * What no tree of this machine takes along, whatever the user says: other file systems, what the kernel shows and what lasts
 * only until the next start, and what this tool keeps itself. Mount points stay as the empty directories that they are below.
 * Pure.
 */

import { mountPointsBelow } from './mount-points.js'
import type { Excludes } from './patterns.js'

export interface Machine {
  /** The text of /proc/self/mountinfo. */
  readonly mountinfo: string
  /** This tool's own directories: all images and the file systems of all containers. */
  readonly ownDirectories: readonly string[]
}

/** Of the machine's own root: kept, and emptied. */
const emptied = ['/proc', '/sys', '/dev', '/run', '/tmp']

/** @param directory absolute, without links; paths are asked for as they are in the tree: '/etc' */
export function machineExcludes(directory: string, { mountinfo, ownDirectories }: Machine): Excludes {
  const empty = new Set([...mountPointsBelow(mountinfo, directory), ...(directory === '/' ? emptied : [])])
  const top = directory === '/' ? '' : directory
  const own = new Set(ownDirectories.filter(one => one.startsWith(`${top}/`)).map(one => one.slice(top.length)))
  return path => own.has(path) || empty.has(path.slice(0, path.lastIndexOf('/')))
}
