/**
 * A text that begins on a line of its own, as one writes it in a shell: to the kernel that line is a range, of no ids.
 *
 * @rejected kernel-shows-the-map
 * @says EINVAL
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
    ...becomeRoot(deny || !facts.userNamespace.setgroups),
  ]
}

const denySetgroups: Step = { ...at, op: 'write_proc', of: 'stage', file: 'setgroups', data: 'deny' }

const becomeRoot = (setgroupsDenied: boolean): Step[] => {
  const inside = { phase: 'isolate', by: 'lab', why: 'root of the namespace' } as const
  return [
    ...(setgroupsDenied ? [] : [{ ...inside, op: 'setgroups', gids: [] } as const]),
    { ...inside, op: 'setresgid', gid: 0 },
    { ...inside, op: 'setresuid', uid: 0 },
  ]
}

const isOwnId = ([map, ...more]: readonly IdMapping[], id: number): boolean =>
  map !== undefined && more.length === 0 && map.size === 1 && map.hostID === id

function mapStep(file: 'uid_map' | 'gid_map', maps: readonly IdMapping[], tool: string | null): Step {
  const ranges = maps.map(({ containerID, hostID, size }) => [containerID, hostID, size] as const)
  if (tool !== null) return { ...at, op: 'newidmap', of: 'stage', tool, ranges }
  const data = `
${ranges.map(range => range.join(' ')).join('\n')}
`
  return { ...at, op: 'write_proc', of: 'stage', file, data }
}
