/** `ch4 export`: the tree that a container sees as one archive, without its volumes and without its past. */

import * as fs from 'node:fs'
import type { Flags } from '#core/cli/flags'
import { errnoOf, fail } from '#core/errors'
import { openImages } from '../images.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { callWorker } from '../worker/call.js'
import { settle } from './settle.js'
import { standingStill } from './standing-still.js'

export async function exportContainer(flags: Flags, [who, ...more]: readonly string[]): Promise<number> {
  if (who === undefined || more.length > 0) {
    fail('InvalidArgument', {
      what: 'ch4 export',
      why: 'takes one container',
      hint: 'mini-docker ch4 export NAME > it.tar',
    })
  }
  const file = flags.one('output')
  if (file === undefined && fs.fstatSync(1).isCharacterDevice() && isTerminal()) {
    fail('InvalidArgument', { what: 'stdout', why: 'is a terminal', hint: '-o FILE, or > FILE' })
  }
  const images = openImages()
  const containers = await settle(images)
  const container = containers.find(who)
  const stream = file === undefined ? 1 : openNew(file)
  const mount = forReading(images.snapshotter.mounts(container.snapshot))
  await standingStill(containers, container, true, () =>
    callWorker({ job: 'export', arguments: {}, stream, mount, at: images.at }),
  )
  return 0
}

/** All directories as lower ones: an upper one is taken by the container itself, and this one writes nothing. */
export function forReading(mount: RootMount): RootMount {
  if (mount.type === 'bind') return { ...mount, readonly: true }
  const { upper, lower, ...rest } = mount
  return { ...rest, lower: upper === null ? lower : [upper, ...lower], upper: null, work: null }
}

const isTerminal = (): boolean => process.getBuiltinModule('node:tty').isatty(1)

function openNew(file: string): number {
  try {
    return fs.openSync(file, 'w', 0o600)
  } catch (cause) {
    return fail('FailedPrecondition', { what: `file '${file}'`, why: errnoOf(cause) ?? 'EIO', cause })
  }
}
