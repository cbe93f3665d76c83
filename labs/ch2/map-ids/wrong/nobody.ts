/**
 * The maps are written and that is all: the process stays who it was outside, which inside is nobody, and so are its
 * mounts.
 *
 * @rejected becomes-root
 * @says uid unchanged
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { type IdMapping, isolates } from '#core/spec/runtime'

const at = { phase: 'map', by: 'lab', why: 'the user namespace has no ids yet' } as const

export const mapIds: Pass = (spec, facts) => {
  if (!isolates(spec, 'user')) return []
  const uids = spec.linux?.uidMappings ?? []
  const gids = spec.linux?.gidMappings ?? []
  const root = facts.uid === 0
  const ownUid = isOwnId(uids, facts.uid)
  const ownGid = isOwnId(gids, facts.gid)
  const deny = !root && ownGid
  return [
    ...(deny ? [denySetgroups] : []),
    mapStep('uid_map', uids, root || ownUid ? null : facts.tools.newuidmap),
    mapStep('gid_map', gids, root || ownGid ? null : facts.tools.newgidmap),
  ]
}

const denySetgroups: Step = { ...at, op: 'write_proc', of: 'stage', file: 'setgroups', data: 'deny' }

const isOwnId = ([map, ...more]: readonly IdMapping[], id: number): boolean =>
  map !== undefined && more.length === 0 && map.size === 1 && map.hostID === id

function mapStep(file: 'uid_map' | 'gid_map', maps: readonly IdMapping[], tool: string | null): Step {
  const ranges = maps.map(({ containerID, hostID, size }) => [containerID, hostID, size] as const)
  if (tool !== null) return { ...at, op: 'newidmap', of: 'stage', tool, ranges }
  return { ...at, op: 'write_proc', of: 'stage', file, data: ranges.map(range => `${range.join(' ')}\n`).join('') }
}
