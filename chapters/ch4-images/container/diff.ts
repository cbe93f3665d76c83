/** `ch4 diff`: what a container has written over its image. */

import { out } from '#core/cli/print'
import { fail } from '#core/errors'
import { type Images, openImages } from '../images.js'
import { callWorker } from '../worker/call.js'
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

export async function differencesIn(images: Images, { snapshot, mounts }: StoredContainer): Promise<Differences> {
  const { snapshotter, at } = images
  const source = snapshotter.upperOf(snapshot)
  const mount = { type: 'bind', source, readonly: true } as const
  const written = await callWorker({ job: 'changes', arguments: {}, mount, at })
  const lower = layersOf(snapshotter.mounts(snapshot)).filter(directory => directory !== source)
  return differencesOf(written, lower, mounts)
}
