/** The start of a container that has its record and its snapshot: what ch2 and ch3 are given to bring it through. */

import type { Parts } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { isPlanning } from '#core/cli/seeing'
import type { Swap } from '#core/lab'
import type { Account } from '#core/spec/account'
import type { Mount, Spec } from '#core/spec/runtime'
import { run as runInNamespaces } from '../../ch2-namespaces/index.js'
import { extension as limits } from '../../ch3-cgroups/index.js'
import type { Images } from '../images.js'
import { ch4 } from '../index.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import type { StoredContainer } from './containers.js'
import { imageRoot, workdir } from './image-root.js'
import { processOfConfig } from './process.js'
import type { VolumeWish } from './volume-flags.js'
import { Volumes } from './volumes.js'

export interface Start {
  readonly images: Images
  readonly container: StoredContainer
  readonly mount: RootMount
  readonly account: Account
  readonly parts: Parts
  readonly swap: Swap
  readonly command: readonly string[]
  /** Told before anything is performed where something will be mounted inside. */
  readonly onPlanned: (destinations: readonly string[]) => void
  /** Without those that name a volume. */
  readonly flags: Flags
  readonly volumes: readonly VolumeWish[]
}

export async function startOn(start: Start): Promise<number> {
  const { images, container, mount, account, parts, flags, command, swap, volumes } = start
  const { begin: _, ...base } = await limits() // `run` has begun
  const planning = isPlanning(flags)
  const stored = new Volumes(images)
  const mounts = volumes.map(({ name, destination, readonly }): Mount => {
    const options = ['rbind', ...(readonly ? ['ro'] : [])]
    return { destination, source: stored.dataOf(name), options }
  })
  if (!planning && volumes.length > 0)
    await (await import('./fill-volumes.js')).fillVolumes(images, mount, volumes, flags)
  return runInNamespaces(
    { ...parts, enterRoot: imageRoot(mount, { passing: container.autoRemove }), workdir },
    flags,
    command,
    swap,
    {
      ...base,
      chapter: ch4,
      root: {
        id: container.id,
        name: container.name,
        path: images.at,
        process: async (_flags, _command, extraEnv) => processOfConfig(container.config, account, extraEnv),
      },
      wish: (spec, flags, place) => base.wish(withMounts(spec, mounts), flags, place),
      parts: (spec, flags, place) => {
        if (!planning) start.onPlanned((spec.mounts ?? []).map(({ destination }) => destination))
        return base.parts?.(spec, flags, place) ?? {}
      },
    },
  )
}

/** What lies below another mount is mounted after it, or it would be covered: the shallow ones first. */
function withMounts(spec: Spec, more: readonly Mount[]): Spec {
  if (more.length === 0) return spec
  const depth = ({ destination }: Mount): number => destination.split('/').length
  return { ...spec, mounts: [...(spec.mounts ?? []), ...more].sort((a, b) => depth(a) - depth(b)) }
}

export const layersOf = (mount: RootMount): string[] =>
  mount.type === 'bind'
    ? [mount.source]
    : [...(mount.upper === null ? [] : [mount.upper]), ...mount.lower].map(directory => `${mount.base}/${directory}`)
