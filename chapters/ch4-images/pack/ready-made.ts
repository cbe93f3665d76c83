/**
 * Images that are there before anything was pulled: made of this machine when they are first asked for. Each builds on the
 * one before, and has its layers: the story's stack, from the operating system up to the app.
 */

import type { ContainerConfig, Descriptor } from '#core/spec/image'
import { defaultPath } from '#core/spec/runtime'
import type { Images } from '../images.js'
import { parseName } from '../store/image-name.js'
import { Lease } from '../store/leases.js'
import { baseLayer } from './base.js'
import { foundIn } from './found.js'
import { type Item, inOrder } from './item.js'
import { type MadeLayer, nameImage } from './make-image.js'
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

async function make(images: Images, height: number): Promise<Descriptor> {
  const lease = new Lease(images.store)
  const options = { lease, compression: 'gzip' } as const
  try {
    const layers: MadeLayer[] = [await baseLayer(images, options)]
    let config = base
    for (const storey of storeys.slice(0, height)) {
      const items = inOrder(storey.items())
      const { newest, ...layer } = await writeLayer(images, foundIn(items), { ...options, clamp: undefined })
      // what was never a file has no time: it is as old as what it stands on
      layers.push({ layer, said: storey.said, created: newest || layers.at(-1)!.created })
      config = { ...config, ...storey.config }
    }
    return nameImage(images, { layers, config, name: readyMadeNames[height]!, lease })
  } finally {
    lease.end()
  }
}
