/** `ch4 run`: an image, a snapshot to write in, and ch3's container on top of it. */

import * as fs from 'node:fs'
import type { Parts } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { isPlanning } from '#core/cli/seeing'
import { fail } from '#core/errors'
import { checkName } from '#core/exec/state'
import type { Swap } from '#core/lab'
import type { Account } from '#core/spec/account'
import type { Digest } from '#core/spec/digest'
import type { ContainerConfig } from '#core/spec/image'
import { identify } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { randomId } from '#core/sys/random'
import { extension as limits } from '../../ch3-cgroups/index.js'
import { parsePlatform } from '../image/platform.js'
import { findReady, noteReady } from '../image/ready.js'
import { unpackImage } from '../image/unpack.js'
import { type Images, openImages } from '../images.js'
import { obtain } from '../parts-in-use.js'
import { accountIn } from '../snapshot/account-in.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { Lease } from '../store/leases.js'
import type { Containers, StoredContainer } from './containers.js'
import { commandOf, containerConfig } from './process.js'
import { askedOf, claimCidFile } from './run-flags.js'
import { settle } from './settle.js'
import { layersOf, startOn } from './start.js'
import { volumesOf } from './volume-flags.js'
import { Volumes } from './volumes.js'

export async function run(
  parts: Parts,
  flags: Flags,
  [name, ...command]: readonly string[],
  swap: Swap,
): Promise<number> {
  if (name === undefined) {
    fail('InvalidArgument', { what: 'ch4 run', why: 'needs an image', hint: 'mini-docker ch4 run IMAGE [COMMAND...]' })
  }
  const ownName = flags.one('name')
  if (ownName !== undefined) checkName(ownName)
  const asked = askedOf(flags, command)
  const images = openImages()
  const chosen = await choose(images, name, flags.one('platform'))
  const config = containerConfig(chosen.config, asked)
  const wanted = volumesOf(flags, Object.keys(config.Volumes ?? {}))
  const id = randomId()
  const container: StoredContainer = {
    version: 1,
    id,
    name: ownName ?? id,
    image: name,
    manifest: chosen.manifest,
    snapshot: `container-${id}`,
    created: Date.now(),
    command: commandOf(config),
    config,
    volumes: wanted.volumes.map(({ fill: _, ...used }) => used),
    mounts: [],
    owner: identify(process.pid)!,
    exit: null,
    autoRemove: flags.on('rm'),
  }
  const planning = isPlanning(flags)
  if (!planning) (await limits()).begin?.(probeFacts()) // takes its time, and what follows takes some, too
  const containers = await settle(images)
  const cidFile = planning ? null : claimCidFile(flags)
  const lease = new Lease(images.store)
  let code: number | null = null
  try {
    lease.keepSnapshot(container.snapshot, ...(chosen.top === null ? [] : [chosen.top]))
    const top = await chosen.unpack(lease)
    const mount = images.snapshotter.prepare(container.snapshot, top)
    const account = chosen.account(config.User || '0', mount)
    const needsEarly = !planning && wanted.volumes.length > 0 // they are filled before there is a plan, and somebody's from then on
    if (needsEarly) containers.create(container)
    const onPlanned = (mounts: readonly string[]): void => {
      if (needsEarly) containers.update(id, { mounts })
      else containers.create({ ...container, mounts })
      if (cidFile !== null) fs.writeFileSync(cidFile, id)
      lease.end()
    }
    code = await startOn({ images, container, mount, account, parts, swap, command, onPlanned, ...wanted })
    return code
  } finally {
    lease.end()
    if (code === null && cidFile !== null) fs.rmSync(cidFile, { force: true })
    await leave(containers, container, planning ? null : code)
    if (!planning && (container.autoRemove || code === null)) {
      await new Volumes(images).removeAnonymous(container.volumes)
    }
  }
}

interface Chosen {
  readonly manifest: Digest
  readonly config: ContainerConfig
  /** Known before it is unpacked: it was before. */
  readonly top: Digest | null
  /** @returns the snapshot to build on, null for an image without layers */
  readonly unpack: (lease: Lease) => Promise<Digest | null>
  /** @param mount of a snapshot on top of it that nobody has written to @throws MiniDockerError NotFound for an unknown name */
  readonly account: (user: string, mount: RootMount) => Account
}

async function choose(images: Images, name: string, platform: string | undefined): Promise<Chosen> {
  const ready = platform === undefined ? findReady(images, name) : null
  if (ready !== null) {
    return {
      ...ready,
      async unpack(lease) {
        // looked at again now that the lease keeps it: between the two, prune may have come by
        if (images.snapshotter.stat(ready.top) !== null) return ready.top
        return unpackImage(images, await obtain(images, name), lease)
      },
      account: (user, mount) =>
        (user === (ready.config.User || '0') ? ready.account : null) ?? accountIn(layersOf(mount), user),
    }
  }
  const image = await obtain(images, name, platform === undefined ? undefined : parsePlatform(platform))
  const manifest = image.descriptor.digest
  const config = image.config.config ?? {}
  let top: Digest | null = null
  return {
    manifest,
    config,
    top: null,
    async unpack(lease) {
      top = await unpackImage(images, image, lease)
      return top
    },
    account(user, mount) {
      const account = accountIn(layersOf(mount), user)
      const isOwn = user === (config.User || '0')
      if (top !== null) noteReady(images, { manifest, config, top, account: isOwn ? account : null })
      return account
    },
  }
}

/** @param code null: it never ran */
async function leave(containers: Containers, container: StoredContainer, code: number | null): Promise<void> {
  if (container.autoRemove || code === null) await containers.remove(container)
  else containers.update(container.id, { exit: { code, at: Date.now() } })
}
