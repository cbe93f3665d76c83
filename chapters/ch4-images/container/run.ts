/** `ch4 run`: an image, a snapshot to write in, and ch3's container on top of it. */

import type { Parts } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { environmentOf } from '#core/cli/process-flags'
import { isPlanning } from '#core/cli/seeing'
import { fail } from '#core/errors'
import type { Swap } from '#core/lab'
import { lookUpAccount, parseGroup, parsePasswd } from '#core/spec/account'
import { randomId } from '#core/sys/random'
import { run as runInNamespaces } from '../../ch2-namespaces/index.js'
import { extension as limits } from '../../ch3-cgroups/index.js'
import { findImage } from '../image/find.js'
import { parsePlatform } from '../image/platform.js'
import type { Image } from '../image/read.js'
import { unpackImage } from '../image/unpack.js'
import { type Images, openImages } from '../images.js'
import { ch4 } from '../index.js'
import { readInLayers } from '../snapshot/read-in-layers.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { Lease } from '../store/leases.js'
import { Containers } from './containers.js'
import { imageRoot, workdir } from './image-root.js'
import { processOfImage } from './process.js'

export async function run(
  parts: Parts,
  flags: Flags,
  [name, ...command]: readonly string[],
  swap: Swap,
): Promise<number> {
  if (name === undefined) {
    fail('InvalidArgument', { what: 'ch4 run', why: 'needs an image', hint: 'mini-docker ch4 run IMAGE [COMMAND...]' })
  }
  const images = openImages()
  const platform = flags.one('platform')
  const image = findImage(images, name, platform === undefined ? undefined : parsePlatform(platform))
  const id = randomId()
  const planning = isPlanning(flags)
  const lease = new Lease(images.store)
  const containers = new Containers(images)
  const container = {
    version: 1 as const,
    id,
    name: flags.one('name') ?? id,
    image: name,
    manifest: image.descriptor.digest,
    snapshot: `container-${id}`,
    created: Date.now(),
    command,
    config: image.config.config ?? {},
    mounts: [],
    exit: null,
    autoRemove: flags.on('rm'),
  }
  let code: number | null = null
  try {
    const top = await unpackImage(images, image, lease)
    lease.keepSnapshot(container.snapshot)
    const mount = images.snapshotter.prepare(container.snapshot, top)
    if (!planning) containers.create(container)
    lease.end()
    code = await runOn({ images, image, mount, id, parts, flags, command, swap })
    return code
  } finally {
    lease.end()
    if (planning || flags.on('rm') || code === null) containers.remove(container)
    else containers.put({ ...container, exit: { code, at: Date.now() } })
  }
}

interface Start {
  readonly images: Images
  readonly image: Image
  readonly mount: RootMount
  readonly id: string
  readonly parts: Parts
  readonly flags: Flags
  readonly command: readonly string[]
  readonly swap: Swap
}

async function runOn({ images, image, mount, id, parts, flags, command, swap }: Start): Promise<number> {
  const config = image.config.config ?? {}
  const base = await limits()
  return runInNamespaces({ ...parts, enterRoot: imageRoot(mount), workdir }, flags, command, swap, {
    ...base,
    chapter: ch4,
    root: {
      id,
      path: images.at,
      process: async (flags, command, extraEnv) =>
        processOfImage(config, {
          command,
          entrypoint: flags.one('entrypoint'),
          env: environmentOf(flags),
          workdir: flags.one('workdir'),
          account: accountIn(layersOf(mount), flags.one('user') ?? (config.User || '0')),
          extraEnv,
        }),
    },
  })
}

const layersOf = (mount: RootMount): string[] =>
  mount.type === 'bind'
    ? [mount.source]
    : [...(mount.upper === null ? [] : [mount.upper]), ...mount.lower].map(directory => `${mount.base}/${directory}`)

function accountIn(layers: readonly string[], user: string) {
  const text = (path: string): string => readInLayers(layers, path)?.toString('utf8') ?? ''
  return lookUpAccount(user, parsePasswd(text('/etc/passwd')), parseGroup(text('/etc/group')))
}
