/**
 * What an archive is to hold: what Docker writes since version 25, so that every reader finds its own: an OCI image layout
 * (`oci-layout`, `index.json`), and docker's list of images (`manifest.json`, `repositories`), over the same blobs.
 */

import { fail, MiniDockerError } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import type { Platform } from '#core/spec/image'
import { annotations, type Descriptor } from '#core/spec/image'
import { findTarget } from '../image/find.js'
import { addReachable, nothing } from '../image/reachable.js'
import { manifestFor, readImage } from '../image/read.js'
import { verifyPresence } from '../image/verify.js'
import type { Images } from '../images.js'
import { splitName } from '../store/image-name.js'
import { nameOf } from '../store/names.js'
import type { Format } from './save.js'

export interface Plan {
  /** Sizes by digest, in the order of the digests: the same images make the same archive. */
  readonly blobs: ReadonlyMap<Digest, number>
  /** By name, in order. */
  readonly documents: ReadonlyMap<string, Buffer>
}

interface Chosen {
  readonly target: Descriptor
  /** Each once; none for what was asked for by its ID. */
  readonly names: string[]
}

/** @throws MiniDockerError NotFound, FailedPrecondition for an image that is not whole */
export function planArchive(
  images: Images,
  asked: readonly string[],
  formats: readonly Format[],
  platform: Platform | null,
): Plan {
  const chosen = choose(images, asked, platform)
  const needs = nothing()
  for (const { target } of chosen) addReachable(images.store, target, needs)
  const blobs = new Map<Digest, number>()
  for (const digest of [...needs.blobs].sort()) {
    const size = images.store.sizeOf(digest)
    if (size !== null) blobs.set(digest, size)
  }
  for (const { target, names } of chosen) {
    const [missing] = verifyPresence(images, target)
    if (missing !== undefined) {
      fail('FailedPrecondition', {
        what: `image '${names[0] ?? target.digest}'`,
        why: missing,
        hint: 'it is not whole: load, build or pull it again',
      })
    }
  }
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const items = chosen.flatMap(one => itemsOf(images, one, platform))
  const documents = new Map<string, Buffer>()
  if (formats.includes('oci')) documents.set('index.json', json(indexOf(chosen)))
  if (formats.includes('docker')) documents.set('manifest.json', json(items))
  if (formats.includes('oci')) documents.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }))
  if (formats.includes('docker')) documents.set('repositories', json(repositoriesOf(items)))
  return { blobs, documents }
}

function choose(images: Images, asked: readonly string[], platform: Platform | null): Chosen[] {
  const chosen = new Map<Digest, Chosen>()
  for (const who of asked) {
    const found = findTarget(images, who)
    const target = platform === null ? found.target : manifestOf(images, found.target, platform)
    const names = chosen.get(target.digest)?.names ?? []
    const name = found.name ?? (nameOf(found.target) !== null && who === nameOf(found.target) ? who : null)
    if (name !== null && !names.includes(name)) names.push(name)
    chosen.set(target.digest, { target, names })
  }
  return [...chosen.values()]
}

const manifestOf = (images: Images, target: Descriptor, platform: Platform): Descriptor =>
  readImage(images.store, target, platform).descriptor.digest === target.digest
    ? target
    : manifestFor(images.store, target, platform)

function indexOf(chosen: readonly Chosen[]): object {
  const manifests = chosen.flatMap(({ target, names }) => {
    const { annotations: _, ...bare } = target
    return names.length === 0 ? [bare] : names.map(name => ({ ...bare, annotations: annotationsOf(name) }))
  })
  return { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }
}

/** Two, as Docker and containerd have them: the whole name, and what image-layout.md says, the tag. */
const annotationsOf = (name: string) => ({
  'io.containerd.image.name': qualified(name),
  [annotations.refName]: splitName(name).tag,
})

/** A name without a registry is one of docker.io, and without a user one of `library`. */
function qualified(name: string): string {
  const [first = '', ...rest] = name.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (hasHost) return name
  return rest.length === 0 ? `docker.io/library/${name}` : `docker.io/${name}`
}

interface Item {
  readonly Config: string
  readonly RepoTags: readonly string[] | null
  readonly Layers: readonly string[]
}

/** docker's list knows one platform of an image: this machine's, if it has it. */
function itemsOf(images: Images, { target, names }: Chosen, platform: Platform | null): Item[] {
  try {
    const { id, layers } = readImage(images.store, target, platform ?? images.platform)
    const pathOf = (digest: Digest): string => `blobs/sha256/${digest.slice('sha256:'.length)}`
    const RepoTags = names.length === 0 ? null : names
    return [{ Config: pathOf(id), RepoTags, Layers: layers.map(({ descriptor }) => pathOf(descriptor.digest)) }]
  } catch (error) {
    if (error instanceof MiniDockerError && error.class === 'NotFound') return []
    throw error
  }
}

/** Of docker before 1.10: the topmost layer by name and tag. */
function repositoriesOf(items: readonly Item[]): object {
  const repositories: Record<string, Record<string, string>> = {}
  for (const { RepoTags, Layers } of items) {
    for (const name of RepoTags ?? []) {
      const { repository, tag } = splitName(name)
      repositories[repository] = {
        ...repositories[repository],
        [tag]: Layers.at(-1)?.slice('blobs/sha256/'.length) ?? '',
      }
    }
  }
  return repositories
}
