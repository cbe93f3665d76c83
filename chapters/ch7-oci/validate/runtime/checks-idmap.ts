/** config.md "Linux mount options": idmap and ridmap, of a runtime whose features say that it knows them. */

import * as fs from 'node:fs'
import { type Check, same, skip } from './check.js'
import { featuresOf } from './checks-features.js'
import { more } from './config.js'
import type { Room } from './room.js'
import { refuses } from './ways.js'

const words = ['idmap', 'ridmap'] as const

/** features-linux.md "mountExtensions" */
async function needsThem(room: Room): Promise<void> {
  const { linux } = (await featuresOf(room)) as { linux?: { mountExtensions?: { idmap?: { enabled?: boolean } } } }
  if (linux?.mountExtensions?.idmap?.enabled !== true) skip('it has no id-mapped mounts')
}

const bind = (destination: string, source: string, options: readonly string[]) => ({
  ...{ destination, type: 'bind', source, options: ['rbind', ...options] },
})

export const idmapChecks: readonly Check[] = [
  {
    id: 'mount-idmap',
    section: 'config.md#linux-mount-options',
    must: 'the owners of a mount with idmap or ridmap are seen through its own mappings',
    ask: async room => {
      await needsThem(room)
      const source = room.newDirectory()
      fs.writeFileSync(`${source}/file`, '')
      const maps = (hostID: number) => [{ containerID: 0, hostID, size: 65536 }]
      const mounts = words.map((word, i) => ({
        ...bind(`/mnt/${word}`, source, [word]),
        ...{ uidMappings: maps(1000 * (i + 1)), gidMappings: maps(5000) },
      }))
      const script = words.map(word => `stat -c %u:%g /mnt/${word}/file`).join('; ')
      same('owners', await room.container(script, { mounts: more(...mounts) }).ran(), '1000:5000\n2000:5000\n')
    },
  },
  {
    id: 'mount-idmap-none',
    section: 'config.md#linux-mount-options',
    must: 'idmap and ridmap are an error where neither the mount has mappings nor the container a user namespace',
    ask: async room => {
      await needsThem(room)
      const source = room.newDirectory()
      const changes = words.map(word => [word, { mounts: more(bind('/mnt/mapped', source, [word])) }] as const)
      await refuses(Object.fromEntries(changes))(room)
    },
  },
]
