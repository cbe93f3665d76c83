/** Reads a file of a stack of layers without mounting it. */

import * as fs from 'node:fs'
import { fail, MiniDockerError } from '#core/errors'
import { type Resolved, resolveInLayers } from './resolve-in-layers.js'

const maxBytes = 1 << 20

/** @param layers absolute directories, the topmost first @returns null where there is no such file */
export function readInLayers(layers: readonly string[], path: string): Buffer | null {
  const found = resolved(layers, path)
  if (found?.kind !== 'file' || found.place === null) return null
  const stat = fs.lstatSync(found.place)
  if (!stat.isFile()) return null // a device or a FIFO is not opened: that may act on it, or never come back
  if (stat.size > maxBytes) {
    fail('FailedPrecondition', { what: `file '${path}' of the image`, why: `larger than ${maxBytes} bytes` })
  }
  return fs.readFileSync(found.place)
}

/** Links in circles, and a file where a directory should be: to who reads, there is no such file (ELOOP, ENOTDIR). */
function resolved(layers: readonly string[], path: string): Resolved | null {
  try {
    return resolveInLayers(layers, path)
  } catch (error) {
    if (error instanceof MiniDockerError && error.class === 'FailedPrecondition') return null
    throw error
  }
}
