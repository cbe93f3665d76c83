/** Items as what a walk through a tree would have found: entries, and where their content is. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { getXattrOf } from '#core/sys/xattrs'
import { type Entry, noXattrs } from '../layer/entry.js'
import type { Packable } from '../layer/pack.js'
import { entryOf } from './entries.js'
import type { Item } from './item.js'

export function* foundIn(items: Iterable<Item>): Generator<Packable> {
  for (const item of items) {
    const { content } = item
    const isFile = content !== undefined && 'file' in content
    yield {
      entry: entryOf(item, isFile ? capabilityOf(content.file) : noXattrs),
      open: () => (isFile ? openFile(content.file) : (content?.bytes ?? Buffer.alloc(0))),
    }
  }
}

const capability = 'security.capability'

/** capabilities(7), "File capabilities": the one attribute without which a program does something else. */
function capabilityOf(file: string): Entry['xattrs'] {
  try {
    return new Map([[capability, getXattrOf(file, capability)]])
  } catch {
    return noXattrs // it has none, or the file system has none
  }
}

function openFile(file: string): number {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
  } catch (cause) {
    return fail('FailedPrecondition', {
      what: `file '${file}'`,
      why: errnoOf(cause) ?? String(cause),
      hint: `--exclude ${file}, or pack it as a user who may read it`,
      cause,
    })
  }
}
