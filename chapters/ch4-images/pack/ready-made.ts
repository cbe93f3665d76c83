/**
 * Images that are there before anything was pulled: made of this machine when they are first asked for. Each builds on the
 * one before, and has its layers: the story's stack, from the operating system up to the app.
 */

import type { ContainerConfig, Descriptor } from '#core/spec/image'
import { defaultPath } from '#core/spec/runtime'
import { readImage } from '../image/read.js'
import type { Images } from '../images.js'
import { parseName } from '../store/image-name.js'
import { Lease } from '../store/leases.js'
import { baseLayer } from './base.js'
import { foundIn } from './found.js'
import { type Item, inOrder } from './item.js'
import { nameImage } from './make-image.js'
import { nodeItems } from './node-runtime.js'
import { appItems, serverItems, serverPath, siteDirectory } from './web-stack.js'
import { writeLayer } from './write-layer.js'

interface Storey {
  /** What the image up to here is called. */
  readonly name: string
  /** What its layer brings; the lowest one is the base. */
  readonly items: () => readonly Item[]
  readonly said: string
  /** What it changes in the config of the one below. */
  readonly config: ContainerConfig
}

const base: ContainerConfig = { Env: [`PATH=${defaultPath}`], Cmd: ['sh'] }

const storeys: readonly Storey[] = [
  {
    name: 'mini/node:latest',
    items: () => nodeItems(),
    said: 'mini-docker pack --cmd node',
    config: { Cmd: ['node'] },
  },
  {
    name: 'mini/web:latest',
    items: () => serverItems,
    said: `web server: ${serverPath}`,
    config: { Cmd: ['node', serverPath], ExposedPorts: { '8080/tcp': {} } },
  },
  {
    name: 'mini/app:latest',
    items: () => appItems(),
    said: `app: ${siteDirectory}`,
    config: { WorkingDir: siteDirectory },
  },
]

/** Their whole names, the lowest first. */
export const readyMadeNames: readonly string[] = ['mini/base:latest', ...storeys.map(({ name }) => name)]

/**
 * What makes the image of that name, undefined for a name that is none of theirs. The same machine makes the same image:
 * it does no harm to make it twice.
 * @param asked as a user writes it: mini/base, mini/node:latest
 */
export function readyMade(images: Images, asked: string): (() => Promise<Descriptor>) | undefined {
  let height: number
  try {
    height = readyMadeNames.indexOf(parseName(asked))
  } catch {
    return undefined // an ID, or no name at all
  }
  return height < 0 ? undefined : () => make(images, height)
}

/** The one below is taken as it is named here; where it is not, it is made as well. */
async function make(images: Images, height: number): Promise<Descriptor> {
  const name = readyMadeNames[height]!
  const lease = new Lease(images.store)
  // quickly rather than tightly: somebody waits for their first container
  const options = { lease, compression: 'gzip', level: 1 } as const
  try {
    if (height === 0) {
      return nameImage(images, { layers: [await baseLayer(images, options)], config: base, name, lease })
    }
    const below = readyMadeNames[height - 1]!
    const target = images.names.get(below) ?? (await make(images, height - 1))
    const image = readImage(images.store, target, images.platform)
    for (const { descriptor } of image.layers) lease.keepBlob(descriptor.digest)
    const { items, said, config } = storeys[height - 1]!
    const layer = await writeLayer(images, foundIn(inOrder(items())), { ...options, clamp: undefined })
    return nameImage(images, {
      below: image,
      // what was never a file has no time: it is as old as what it stands on
      layers: [{ layer, said, created: layer.newest || secondsIn(image.config.created) }],
      config: { ...image.config.config, ...config },
      name,
      lease,
    })
  } finally {
    lease.end()
  }
}

const secondsIn = (time = '1970-01-01T00:00:00Z'): number => Math.floor(Date.parse(time) / 1000)
