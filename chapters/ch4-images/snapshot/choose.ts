/**
 * Which snapshotter a data directory has. Overlayfs where its file system can be an upper layer, else copies: asked once, of
 * the kernel itself, and then written down, since what one has made the other does not find.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { writeDurably } from '../store/durable.js'
import { CopyingSnapshotter } from './copying.js'
import type { DirectorySnapshotter, SnapshotterOptions } from './directories.js'
import { OverlaySnapshotter } from './overlay.js'
import { canOverlay } from './probe.js'

const kinds = { overlay: OverlaySnapshotter, copying: CopyingSnapshotter } as const
type Kind = keyof typeof kinds

export interface Place extends Omit<SnapshotterOptions, 'root'> {
  readonly data: string
}

export function chooseSnapshotter(place: Place): DirectorySnapshotter {
  const kind = kindOf(place)
  return new kinds[kind]({ ...place, root: `${place.data}/snapshots/${kind}` })
}

function kindOf({ data, locked }: Place): Kind {
  const asked = process.env.MINI_DOCKER_SNAPSHOTTER
  if (asked) {
    if (asked in kinds) return asked as Kind
    fail('InvalidArgument', {
      what: `MINI_DOCKER_SNAPSHOTTER '${asked}'`,
      why: 'is no snapshotter',
      hint: Object.keys(kinds).join(' or '),
    })
  }
  const file = `${data}/snapshots/kind`
  const known = readOr(file)
  if (known in kinds) return known as Kind
  const found = canOverlay(`${data}/snapshots`) ? 'overlay' : 'copying'
  return locked(() => {
    const meanwhile = readOr(file)
    if (meanwhile in kinds) return meanwhile as Kind
    writeDurably(file, found)
    return found
  })
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ''
    throw error
  }
}
