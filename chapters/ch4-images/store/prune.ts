/** What of images, containers, build cache and volumes nobody needs, and away with it. */

import * as fs from 'node:fs'
import { unusedCaches } from '../build/cache-mounts.js'
import { sweepScratch } from '../build/scratch.js'
import { Containers, isLive } from '../container/containers.js'
import { Volumes } from '../container/volumes.js'
import { listEntries } from '../image/entries.js'
import { matchesLabels } from '../image/filters.js'
import type { Images } from '../images.js'
import { emptyTrash } from './empty-trash.js'
import { cacheRecords } from './mark.js'
import { sweepAll } from './sweep.js'

export interface Wanted {
  /** Also images that have a name and that no container uses, and all of the build cache. */
  readonly all: boolean
  readonly volumes: boolean
  /** Nothing younger, in milliseconds since 1970. */
  readonly until: number
  readonly labels: readonly string[]
}

export interface Pruned {
  /** IDs. */
  readonly containers: readonly string[]
  /** `untagged: NAME`, `deleted: sha256:…` */
  readonly images: readonly string[]
  /** Of the build cache. */
  readonly cache: readonly string[]
  readonly volumes: readonly string[]
  /** Bytes. */
  readonly freed: number
}

export async function prune(images: Images, wanted: Wanted): Promise<Pruned> {
  const pruned = images.store.locked(() => {
    // containers first: what only they needed is garbage then
    const containers = removeContainers(images, wanted)
    const volumes = wanted.volumes ? removeVolumes(images) : []
    const cache = removeCache(images, wanted)
    if (wanted.all) for (const directory of unusedCaches(images.data)) images.trash.put(directory)
    const removed = removeImages(images, wanted)
    const { snapshots } = sweepAll(images)
    const layers = snapshots.filter(key => key.startsWith('sha256:') && !removed.includes(`deleted: ${key}`))
    return { containers, volumes, cache, images: [...removed, ...layers.map(key => `deleted: ${key}`)] }
  })
  sweepScratch(images.data) // of builds that were killed
  return { ...pruned, freed: await emptyTrash(images) }
}

function removeContainers(images: Images, { until, labels }: Wanted): string[] {
  const ended = new Containers(images)
    .list()
    .filter(one => one.created < until && !isLive(one) && matchesLabels(one.config.Labels ?? {}, labels))
  // their snapshots are swept with all else: removed file by file, they would keep the lock
  for (const { id } of ended) fs.rmSync(`${images.data}/containers/${id}.json`, { force: true })
  return ended.map(({ id }) => id)
}

/** Of those without a name, or with `all` of all: what no container was made from. */
function removeImages(images: Images, { all, until, labels }: Wanted): string[] {
  const used = new Set(new Containers(images).list().map(({ manifest }) => manifest))
  const lines: string[] = []
  for (const { target, name, image, id } of listEntries(images)) {
    const created = Date.parse(image?.config.created ?? '') || 0
    if (created >= until || !matchesLabels(image?.config.config?.Labels ?? {}, labels)) continue
    if (name !== null && !all) continue
    if (used.has(target.digest) || (image !== null && used.has(image.descriptor.digest))) continue
    if (name !== null) lines.push(`untagged: ${name}`)
    lines.push(`deleted: ${id}`)
    images.names.drop(target.digest)
  }
  return [...new Set(lines)]
}

/** Without `all`, only what cannot be taken again: one of its blobs or snapshots is gone. */
function removeCache(images: Images, { all, until }: Wanted): string[] {
  const isWhole = ({ blobs, snapshots }: { blobs: readonly string[]; snapshots: readonly string[] }): boolean =>
    blobs.every(blob => images.store.has(blob)) && snapshots.every(key => images.snapshotter.stat(key) !== null)
  const unused = cacheRecords(images.data).filter(({ record, used }) => used < until && (all || !isWhole(record.keeps)))
  for (const { file } of unused) fs.rmSync(file, { force: true })
  return unused.map(({ file }) => file.slice(file.lastIndexOf('/') + 1, -'.json'.length))
}

/** As docker, those alone that nobody gave a name. */
function removeVolumes(images: Images): string[] {
  const used = new Set(new Containers(images).list().flatMap(({ volumes }) => volumes.map(({ name }) => name)))
  const unused = new Volumes(images).list().filter(({ name, anonymous }) => anonymous && !used.has(name))
  return unused.flatMap(({ name }) => (images.trash.put(`${images.data}/volumes/${name}`) === null ? [] : [name]))
}
