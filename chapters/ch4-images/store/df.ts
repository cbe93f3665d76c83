/** `ch4 df`: what images, containers, volumes and build cache take, and how much of it prune would give back. */

import type { Flags } from '#core/cli/flags'
import { humanSize } from '#core/cli/human-size'
import { out, printJson } from '#core/cli/print'
import { shortOf } from '#core/spec/digest'
import { tableOf } from '../../ch3-cgroups/index.js'
import { Containers, isLive, type StoredContainer } from '../container/containers.js'
import { Volumes } from '../container/volumes.js'
import { listEntries, repositoryAndTag } from '../image/entries.js'
import { agoOf } from '../image/human.js'
import { addReachable, type Needs, nothing } from '../image/reachable.js'
import { type Images, openImages } from '../images.js'
import { cacheRecords } from './mark.js'
import { usageOfSnapshot, usageOfTree } from './usage.js'

interface Kind {
  readonly type: string
  readonly total: number
  readonly active: number
  /** Bytes. */
  readonly size: number
  readonly reclaimable: number
}

export async function df(flags: Flags): Promise<number> {
  const images = openImages()
  const sizes = await Sizes.of(images)
  const containers = new Containers(images).list()
  const kinds = [
    imagesOf(images, sizes, containers),
    containersOf(sizes, containers),
    await volumesOf(images, containers),
    cacheOf(images, sizes),
  ]
  if (flags.on('json')) {
    printJson({ version: 1, kinds, ...(flags.on('verbose') ? await details(images, sizes, containers) : {}) })
    return 0
  }
  const rows = kinds.map(({ type, total, active, size, reclaimable }) => {
    const share = type === 'Build Cache' || size === 0 ? '' : ` (${Math.floor((reclaimable / size) * 100)}%)`
    return [type, String(total), String(active), humanSize(size, 4), `${humanSize(reclaimable, 4)}${share}`]
  })
  if (!flags.on('verbose')) {
    out(`${tableOf(['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'RECLAIMABLE'], rows).join('\n')}\n`)
    return 0
  }
  printDetails(await details(images, sizes, containers))
  return 0
}

/** Bytes of each blob and snapshot, counted once for all questions. */
class Sizes {
  readonly #images: Images
  readonly #snapshots: ReadonlyMap<string, number>

  private constructor(images: Images, snapshots: ReadonlyMap<string, number>) {
    this.#images = images
    this.#snapshots = snapshots
  }

  static async of(images: Images): Promise<Sizes> {
    const sizes = new Map<string, number>()
    for (const { key } of images.snapshotter.list()) sizes.set(key, (await usageOfSnapshot(images, key)).bytes)
    return new Sizes(images, sizes)
  }

  snapshot(key: string): number {
    return this.#snapshots.get(key) ?? 0
  }

  /** Blobs and snapshots, each once. */
  of({ blobs, snapshots }: Needs): number {
    const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)
    const blob = (digest: string): number => this.#images.store.sizeOf(digest) ?? 0
    return sum([...blobs].map(blob)) + sum([...snapshots].map(key => this.snapshot(key)))
  }
}

function imagesOf(images: Images, sizes: Sizes, containers: readonly StoredContainer[]): Kind {
  const [all, needed] = [nothing(), nothing()]
  const used = new Set(containers.map(({ manifest }) => manifest))
  const entries = listEntries(images)
  const isActive = ({ target, image }: (typeof entries)[number]): boolean =>
    used.has(target.digest) || (image !== null && used.has(image.descriptor.digest))
  for (const entry of entries) {
    addReachable(images.store, entry.target, all)
    if (isActive(entry)) addReachable(images.store, entry.target, needed)
  }
  const digests = (some: typeof entries): number => new Set(some.map(({ target }) => target.digest)).size
  const size = sizes.of(all)
  const active = digests(entries.filter(isActive))
  return { type: 'Images', total: digests(entries), active, size, reclaimable: size - sizes.of(needed) }
}

function containersOf(sizes: Sizes, containers: readonly StoredContainer[]): Kind {
  const sizeOf = (some: readonly StoredContainer[]): number =>
    some.reduce((sum, { snapshot }) => sum + sizes.snapshot(snapshot), 0)
  const running = containers.filter(isLive)
  const size = sizeOf(containers)
  const reclaimable = size - sizeOf(running)
  return { type: 'Containers', total: containers.length, active: running.length, size, reclaimable }
}

async function volumesOf(images: Images, containers: readonly StoredContainer[]): Promise<Kind> {
  const used = new Set(containers.flatMap(({ volumes }) => volumes.map(({ name }) => name)))
  const all = await volumeSizes(images)
  const sum = (some: typeof all): number => some.reduce((total, { size }) => total + size, 0)
  const free = all.filter(({ name }) => !used.has(name))
  const active = all.length - free.length
  return { type: 'Local Volumes', total: all.length, active, size: sum(all), reclaimable: sum(free) }
}

async function volumeSizes(images: Images) {
  const volumes = new Volumes(images)
  const sizes: { readonly name: string; readonly size: number }[] = []
  for (const { name } of volumes.list()) sizes.push({ name, size: (await usageOfTree(volumes.dataOf(name))).bytes })
  return sizes
}

/** What only the build cache keeps. */
function cacheOf(images: Images, sizes: Sizes): Kind {
  const records = cacheRecords(images.data)
  const others = nothing()
  for (const entry of images.names.list()) addReachable(images.store, entry, others)
  const own = (kept: readonly string[], known: ReadonlySet<string>): Set<string> =>
    new Set(kept.filter(one => !known.has(one)))
  const size = sizes.of({
    blobs: own(
      records.flatMap(({ record }) => record.keeps.blobs),
      others.blobs,
    ),
    snapshots: own(
      records.flatMap(({ record }) => record.keeps.snapshots),
      others.snapshots,
    ),
  })
  return { type: 'Build Cache', total: records.length, active: 0, size, reclaimable: size }
}

const asBlob = (digest: string): string => `blob ${digest}`

type Details = Awaited<ReturnType<typeof details>>

async function details(images: Images, sizes: Sizes, containers: readonly StoredContainer[]) {
  const entries = listEntries(images)
  const uses = new Map<string, number>()
  const needsOf = new Map(
    entries.map(entry => {
      const needs = nothing()
      addReachable(images.store, entry.target, needs)
      return [entry, needs]
    }),
  )
  const distinct = new Map(entries.map(entry => [entry.target.digest, needsOf.get(entry)!]))
  for (const { blobs, snapshots } of distinct.values()) {
    // a layer that is not compressed has the same digest as its lowest snapshot: two things all the same
    for (const one of [...blobs].map(asBlob).concat([...snapshots])) uses.set(one, (uses.get(one) ?? 0) + 1)
  }
  const only = (set: ReadonlySet<string>, as = (one: string) => one): Set<string> =>
    new Set([...set].filter(one => uses.get(as(one)) === 1))
  return {
    images: entries.map(entry => {
      const needs = needsOf.get(entry)!
      const size = sizes.of(needs)
      const unique = sizes.of({ blobs: only(needs.blobs, asBlob), snapshots: only(needs.snapshots) })
      const created = entry.image?.config.created ?? null
      const users = containers.filter(({ manifest }) => manifest === entry.target.digest).length
      const { repository, tag } = repositoryAndTag(entry.name)
      return { repository, tag, id: entry.id, created, size, shared: size - unique, unique, containers: users }
    }),
    containers: containers.map(one => ({
      id: one.id,
      image: one.image,
      command: one.command.join(' '),
      size: sizes.snapshot(one.snapshot),
      created: new Date(one.created).toISOString(),
      status: isLive(one) ? 'running' : 'stopped',
      name: one.name,
    })),
    volumes: await volumeSizes(images),
    cache: cacheRecords(images.data).map(({ file, used }) => ({
      id: file.slice(file.lastIndexOf('/') + 1, -'.json'.length),
      used: new Date(used).toISOString(),
    })),
  }
}

function printDetails({ images, containers, volumes, cache }: Details): void {
  const now = Date.now()
  const section = (title: string, heading: readonly string[], rows: readonly (readonly string[])[]): void =>
    void out(`${title}:\n\n${tableOf(heading, rows).join('\n')}\n\n`)
  section(
    'Images space usage',
    ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS'],
    images.map(({ repository, tag, id, created, size, shared, unique, containers: users }) => [
      ...[repository, tag, shortOf(id), agoOf(created ?? undefined, now)],
      ...[size, shared, unique].map(bytes => humanSize(bytes, 4)),
      String(users),
    ]),
  )
  section(
    'Containers space usage',
    ['CONTAINER ID', 'IMAGE', 'COMMAND', 'SIZE', 'CREATED', 'STATUS', 'NAMES'],
    containers.map(one => [
      one.id,
      one.image,
      one.command,
      humanSize(one.size, 4),
      agoOf(one.created, now),
      one.status,
      one.name,
    ]),
  )
  section(
    'Local Volumes space usage',
    ['VOLUME NAME', 'SIZE'],
    volumes.map(({ name, size }) => [name, humanSize(size, 4)]),
  )
  section(
    'Build cache usage',
    ['CACHE ID', 'LAST USED'],
    cache.map(({ id, used }) => [id, agoOf(used, now)]),
  )
}
