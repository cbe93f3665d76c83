/**
 * Becoming the container's user, in its directory.
 *
 * Groups go first: once the uid is given away, the right to change groups is gone with it. The directory goes last, so that
 * a directory which that user may not enter is refused as it would be to the program itself.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import type { Process } from '#core/spec/runtime'

const at = { phase: 'become', by: 'ch1.become' } as const

// #region part
export const become: Pass = ({ process: { user, cwd } }, { userNamespace }) => {
  const steps: Step[] = []
  if (user.uid !== 0 || user.gid !== 0 || user.additionalGids !== undefined) {
    steps.push(
      ...(userNamespace.setgroups ? [setGroups(user)] : keepGroups(user)),
      { ...at, op: 'setresgid', gid: user.gid, why: 'real, effective and saved: none is left to go back to' },
      { ...at, op: 'setresuid', uid: user.uid, why: 'last of the ids: it gives up the right to change the others' },
    )
  }
  if (user.umask !== undefined) {
    steps.push({ ...at, op: 'umask', mask: user.umask, why: 'the mask of the caller is not for the program' })
  }
  if (cwd !== '/') {
    steps.push({ ...at, op: 'chdir', path: cwd, why: 'as that user: what it may not enter, it does not start in' })
  }
  return steps
}

const setGroups = ({ additionalGids = [] }: Process['user']): Step => ({
  ...at,
  op: 'setgroups',
  gids: additionalGids,
  why: "root's supplementary groups are not for the program",
})

/** Where setgroups is denied, all keep what they have (user_namespaces(7)): so do the programs of runc and crun there. */
function keepGroups({ gid, additionalGids = [] }: Process['user']): Step[] {
  const other = additionalGids.find(id => id !== gid)
  if (other === undefined) return []
  return fail('Unsupported', {
    what: `--user: supplementary group ${other}`,
    why: 'setgroups is denied in this user namespace',
    hint: '--user UID:GID asks for one group only',
  })
}
// #endregion part
