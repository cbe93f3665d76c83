/**
 * Id maps: who the container's users are on the host.
 *
 * A new user namespace has no ids: everyone in it is nobody. Its parent writes the map once; whoever does it needs the
 * right over every id named, so root writes the file, an ordinary user asks the set-uid newuidmap(1), which looks in
 * /etc/subuid, and without it may map one id: its own. Source: user_namespaces(7).
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { type IdMapping, isolates, type Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'

const at = { phase: 'map', by: 'ch2.mapIds' } as const

// #region part
export const mapIds: Pass = (spec, facts) => {
  if (!isolates(spec, 'user')) return []
  const uids = spec.linux?.uidMappings ?? []
  const gids = spec.linux?.gidMappings ?? []
  // #region solution
  const root = facts.uid === 0
  // each file by itself: /etc/subuid may have a line for this user, and /etc/subgid none
  const ownUid = isOwnId(uids, facts.uid)
  const ownGid = isOwnId(gids, facts.gid)
  const deny = !root && ownGid
  return [
    ...(deny
      ? [
          {
            ...at,
            op: 'write_proc',
            of: 'stage',
            file: 'setgroups',
            data: 'deny',
            why: 'without the right over groups, dropping one could open what the group was denied',
          } as const,
        ]
      : []),
    mapStep('uid_map', uids, root || ownUid ? null : facts.tools.newuidmap),
    mapStep('gid_map', gids, root || ownGid ? null : facts.tools.newgidmap),
    ...becomeRoot(deniesGroups(spec, facts)),
  ]
  // #endregion solution
}

/** Whether setgroups(2) is denied to the container: what a user namespace denies, those below it deny, too. */
export const deniesGroups = (spec: Spec, { uid, gid, userNamespace }: Facts): boolean =>
  !userNamespace.setgroups || (isolates(spec, 'user') && uid !== 0 && isOwnId(spec.linux?.gidMappings ?? [], gid))

/** Mapped, but still the id from outside, which may have no name in here: take on root's. */
const becomeRoot = (setgroupsDenied: boolean): Step[] => {
  const inside = { phase: 'isolate', by: 'ch2.mapIds' } as const
  // #region solution-become-root
  return [
    ...(setgroupsDenied
      ? []
      : [{ ...inside, op: 'setgroups', gids: [], why: 'the groups of outside mean nothing in here' } as const]),
    { ...inside, op: 'setresgid', gid: 0, why: "root of the namespace, so that what it mounts is root's" },
    { ...inside, op: 'setresuid', uid: 0, why: 'only now that the map is written does uid 0 exist in here' },
  ]
  // #endregion solution-become-root
}
// #endregion part

/** What an ordinary user may write into the file itself. */
const isOwnId = ([map, ...more]: readonly IdMapping[], id: number): boolean =>
  map !== undefined && more.length === 0 && map.size === 1 && map.hostID === id

function mapStep(file: 'uid_map' | 'gid_map', maps: readonly IdMapping[], tool: string | null): Step {
  refuseOverlap(file, maps)
  const ranges = maps.map(({ containerID, hostID, size }) => [containerID, hostID, size] as const)
  if (tool !== null) {
    return { ...at, op: 'newidmap', of: 'stage', tool, ranges, why: 'set-uid root: it maps what /etc/subuid grants' }
  }
  return {
    ...at,
    op: 'write_proc',
    of: 'stage',
    file,
    data: ranges.map(range => `${range.join(' ')}\n`).join(''),
    why: 'written once, by the parent namespace, in one write',
  }
}

/** The kernel would say EINVAL and no more. */
function refuseOverlap(file: string, maps: readonly IdMapping[]): void {
  if (maps.length === 0) {
    fail('InvalidArgument', { what: file, why: 'no ids are mapped', hint: '--uidmap 0:100000:65536' })
  }
  for (const side of ['containerID', 'hostID'] as const) {
    const sorted = [...maps].sort((a, b) => a[side] - b[side])
    sorted.forEach((map, i) => {
      const next = sorted[i + 1]
      if (next === undefined || map[side] + map.size <= next[side]) return
      const where = side === 'containerID' ? 'inside' : 'outside'
      fail('InvalidArgument', {
        what: `${file} '${text(map)}' and '${text(next)}'`,
        why: `the ranges overlap ${where}`,
        hint: 'give each id once',
      })
    })
  }
}

const text = ({ containerID, hostID, size }: IdMapping): string => `${containerID}:${hostID}:${size}`
