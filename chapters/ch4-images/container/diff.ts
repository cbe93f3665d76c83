/** `ch4 diff`: what a container has written over its image. */

import * as path from 'node:path'
import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { type Images, openImages } from '../images.js'
import { callWorker } from '../worker/call.js'
import type { Between } from '../worker/jobs.js'
import type { Tree } from '../worker/plan.js'
import type { StoredContainer } from './containers.js'
import { type Differences, differencesOf } from './differences.js'
import { settle } from './settle.js'
import { layersOf } from './start.js'

export async function diff([who, ...more]: readonly string[]): Promise<number> {
  if (who === undefined || more.length > 0) {
    fail('InvalidArgument', { what: 'ch4 diff', why: 'takes one container', hint: 'mini-docker ch4 diff NAME' })
  }
  const images = openImages()
  const containers = await settle(images)
  const { changes } = await differencesIn(images, containers.find(who))
  out(changes.map(({ kind, path }) => `${kind} ${path}\n`).join(''))
  return 0
}

export async function differencesIn(images: Images, container: StoredContainer): Promise<Differences> {
  const { snapshotter } = images
  const { tree, between } = writtenTree(images, container)
  const written = await callWorker({ job: 'changes', arguments: between === undefined ? {} : { between }, ...tree })
  const source = snapshotter.upperOf(container.snapshot)
  const parent = snapshotter.stat(container.snapshot)?.parent ?? null
  const lower =
    between !== undefined && parent !== null
      ? [snapshotter.upperOf(parent)]
      : layersOf(snapshotter.mounts(container.snapshot)).filter(directory => directory !== source)
  return differencesOf(written, lower, container.mounts)
}

interface WrittenTree {
  readonly tree: Tree
  /** Where the tree holds all of it, and not only what was written: what to compare. */
  readonly between?: Between
}

/** What a container wrote, for a worker. */
export function writtenTree({ snapshotter, at }: Images, { snapshot }: StoredContainer): WrittenTree {
  const source = snapshotter.upperOf(snapshot)
  const parent = snapshotter.stat(snapshot)?.parent ?? null
  if (snapshotter.name === 'overlay' || parent === null) {
    return { tree: { mount: { type: 'bind', source, readonly: true }, at } }
  }
  const directory = path.dirname(path.dirname(source))
  const inside = (place: string): string => place.slice(directory.length)
  return { tree: { directory }, between: { old: inside(snapshotter.upperOf(parent)), now: inside(source) } }
}
