/** What all steps of one build share. */

import { errnoOf } from '#core/errors'
import type { Digest } from '#core/spec/digest'
import { randomId } from '#core/sys/random'
import type { NewLayer } from '../image/make.js'
import type { Image } from '../image/read.js'
import { unpackImage } from '../image/unpack.js'
import type { Images } from '../images.js'
import { obtain } from '../parts-in-use.js'
import { type Resolved, resolveInLayers } from '../snapshot/resolve-in-layers.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import type { Lease } from '../store/leases.js'
import { callWorker } from '../worker/call.js'
import type { Platform, Variables } from './build-args.js'
import type { CacheRecords } from './cache-records.js'
import type { Context } from './context.js'
import type { Progress, StepShown } from './progress.js'
import type { Scratch } from './scratch.js'
import { chainIdOf, type StageState, stateOfImage } from './stage-state.js'

/** `--secret`: where its bytes are. */
export type SecretSource = { readonly file: string } | { readonly env: string }

export interface BuildWish {
  readonly target: string | undefined
  readonly buildArgs: Variables
  readonly noCache: boolean
  readonly platform: Platform
  readonly network: 'host' | 'none'
  readonly labels: readonly (readonly [name: string, value: string])[]
  readonly secrets: ReadonlyMap<string, SecretSource>
}

export interface Building {
  readonly images: Images
  readonly lease: Lease
  readonly scratch: Scratch
  readonly records: CacheRecords
  readonly context: Context
  readonly wish: BuildWish
  readonly progress: Progress
  /** RFC 3339: when this build began, or SOURCE_DATE_EPOCH. */
  readonly now: string
  /** SOURCE_DATE_EPOCH, in seconds since 1970: no time in a layer is later, and two builds make the same image. */
  readonly clamp: number | undefined
  /** Ends what runs, once another stage has failed. */
  readonly kills: Set<() => void>
  readonly unpacking: Map<Digest, Promise<void>>
}

/** A step that changes files, before it is known whether it has to be performed. */
export interface Work {
  /** Of the cache. */
  readonly key: string
  /** @returns null when it changes nothing after all */
  make(shown: StepShown): Promise<NewLayer | null>
}

/** What exit code a failed command of a RUN gives the build. */
export const failedExit = 1

/** All layers of a stage as snapshots; two stages that need the same wait for one another. */
export async function unpackState({ images, lease, unpacking }: Building, state: StageState): Promise<void> {
  const chainId = chainIdOf(state)
  if (chainId === null) return
  const image = { layers: state.layers } as Pick<Image, 'layers'> as Image
  const before = unpacking.get(chainId)
  if (before !== undefined) return before
  const done = unpackImage(images, image, lease).then(() => undefined)
  unpacking.set(chainId, done)
  return done
}

/** The host's directories of a mount's layers, the topmost first. */
export const layersOf = (mount: RootMount): string[] =>
  mount.type === 'bind' ? [mount.source] : mount.lower.map(directory => `${mount.base}/${directory}`)

/** A stage's tree to look into, without mounting it. */
export async function lookInto<T>(
  building: Building,
  state: StageState,
  look: (layers: readonly string[]) => T | Promise<T>,
): Promise<T> {
  return withView(building, state, mount => look(mount === null ? [] : layersOf(mount)))
}

/**
 * Where paths lead in a stage's tree. Looked up by hand, which costs nothing; and by a worker inside the tree, where a directory
 * is of a user whom the caller may not read for.
 */
export async function resolveIn(building: Building, state: StageState, paths: readonly string[]): Promise<Resolved[]> {
  return withView(building, state, async mount => {
    try {
      return paths.map(path => resolveInLayers(mount === null ? [] : layersOf(mount), path))
    } catch (error) {
      if (errnoOf(error) !== 'EACCES' || mount === null) throw error
      const answer = await callWorker({ job: 'resolve', arguments: { paths }, mount, at: building.images.at })
      return [...answer.resolved]
    }
  })
}

/** A stage's tree, to be mounted; null: it is empty. */
export async function withView<T>(
  building: Building,
  state: StageState,
  use: (mount: RootMount | null) => T | Promise<T>,
): Promise<T> {
  const chainId = chainIdOf(state)
  if (chainId === null) return use(null)
  await unpackState(building, state)
  const { snapshotter } = building.images
  const key = `build-${randomId()}`
  building.lease.keepSnapshot(key)
  const mount = snapshotter.view(key, chainId)
  try {
    return await use(mount)
  } finally {
    snapshotter.remove(key)
  }
}

/** An image that COPY --from or a mount names. */
export const imageState = async ({ images, wish }: Building, name: string): Promise<StageState> =>
  stateOfImage(await obtain(images, name, wish.platform))
