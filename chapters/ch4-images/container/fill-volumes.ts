/** Volumes that are used for the first time begin with what the image has at that place, owners and all. */

import type { Flags } from '#core/cli/flags'
import { factsOf } from '#core/cli/seeing'
import { MiniDockerError } from '#core/errors'
import { mapsOf, ownMapOf } from '../../ch2-namespaces/index.js'
import type { Images } from '../images.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { carry } from './carry.js'
import type { VolumeWish } from './volume-flags.js'
import { Volumes } from './volumes.js'

/** @param mount of the container: what it has at the volume's place before anything is mounted there */
export async function fillVolumes(
  images: Images,
  mount: RootMount,
  wishes: readonly VolumeWish[],
  flags: Flags,
): Promise<void> {
  const volumes = new Volumes(images)
  const shift = await shiftOf(flags)
  for (const { name, anonymous, destination, fill } of wishes) {
    volumes.ensure(name, anonymous, shift)
    await volumes.fill(name, async data => {
      if (!fill) return
      try {
        await carry(
          { mount, at: images.at },
          { path: `${destination}/.`, as: '', follow: true },
          { directory: data },
          { to: '/', source: null, owner: null, shift: shift ?? [0, 0] },
        )
      } catch (error) {
        // the image has no such directory: the volume is empty
        if (!(error instanceof MiniDockerError) || error.class !== 'NotFound') throw error
      }
    })
  }
}

/** Who root of the container is on the host: to whom the volume belongs. null: to us. */
async function shiftOf(flags: Flags): Promise<readonly [number, number] | null> {
  const asked = flags.on('userns') || flags.on('uidmap') || flags.on('gidmap')
  const facts = await factsOf(flags)
  if (!asked || facts.uid !== 0) return null
  const { uidMappings = ownMapOf(facts, 'uid'), gidMappings = ownMapOf(facts, 'gid') } = mapsOf(flags)
  const rootIn = (maps: typeof uidMappings): number => maps.find(({ containerID }) => containerID === 0)?.hostID ?? 0
  return [rootIn(uidMappings), rootIn(gidMappings)]
}
