/**
 * A room's cgroups: one in each hierarchy, empty, laid over the hierarchy's own top. Inside they look like the whole machine's:
 * what a tool makes, it makes below them, and it can limit nothing that is not in the room. They are removed with the room, and
 * whatever is in them ended.
 */

import * as fs from 'node:fs'
import { makeCgroup, sharedParents } from '#chapters/ch3-cgroups/index'
import { removeCgroup } from '#core/exec/cgroup'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Facts } from '#core/sys/facts'

const prefix = 'mini-docker-room.'
const at = { phase: 'root', by: 'lab.room' } as const

/** Of the process that makes the room: nobody else has this name, and who finds it can tell whether that process lives. */
export const cgroupOfRoom = (): string => `/${prefix}${process.pid}`

/** What a controller needs to be there in the room; then the room's own cgroups, which it shares with nobody. */
export const makeRoomCgroups: Pass = (spec, facts) => [
  ...sharedParents(spec, facts).make,
  ...makeCgroup(spec, facts).filter(({ op }) => op !== 'hold'),
]

/** After all is read-only. */
export const showRoomCgroups = (path: string, { hierarchies }: Facts): Step[] =>
  hierarchies.flatMap(({ home, point }): Step[] => [
    {
      ...at,
      op: 'mount',
      source: `${home}${path}`,
      target: point,
      fstype: null,
      flags: ['MS_BIND'],
      data: null,
      why: "the room's own cgroup, in the place of the top",
    },
    {
      ...at,
      op: 'mount_setattr',
      target: point,
      set: [],
      clear: ['MOUNT_ATTR_RDONLY'],
      recursive: false,
      why: 'nothing above it is in reach',
    },
  ])

/** Left behind by those that were killed. */
export function removeDeadRooms({ hierarchies }: Facts): void {
  for (const { home } of hierarchies) {
    for (const name of fs.readdirSync(home)) {
      if (!name.startsWith(prefix) || fs.existsSync(`/proc/${name.slice(prefix.length)}`)) continue
      removeCgroup(`${home}/${name}`)
    }
  }
}
