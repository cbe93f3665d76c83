/** User namespaces: may one be made, does it give rights, and how many ids can be mapped into it. */

import * as fs from 'node:fs'
import { canIdmap } from '#core/exec/probe-idmap'
import { from } from './chapters.js'
import { degraded, type Machine, missing, ok, type Probe } from './check.js'
import { privateMounts, userNamespace } from './moves.js'
import { admin, install, notQuiteRoot, type UserNamespaceSettings, userNamespaceRemedy } from './remedy.js'
import { attempt, type Move } from './trial.js'

/** Root can do without; for everybody else all other namespaces hang on it. */
export const userNamespaces = (root: boolean): Probe => ({
  id: 'user-namespace',
  what: 'user namespaces',
  chapters: from('ch2'),
  needed: root ? [] : from('ch2'),
  loses: '--userns',
  after: ['stage'],
  async look(machine) {
    // On Ubuntu it is made all right, but without rights: the next call is the one that fails.
    const tried = await attempt(machine, [
      ...userNamespace(machine),
      { op: 'unshare', flags: ['CLONE_NEWUTS'] },
      { op: 'sethostname', name: 'doctor' },
    ])
    if (tried.done) return ok('made, mapped, and root in it has rights')
    const remedy = userNamespaceRemedy(tried.errno, readSettings(), machine.root)
    return { ...missing(tried.said, remedy), ...(machine.root ? {} : { rootCould: true as const }) }
  },
})

function readSettings(): UserNamespaceSettings {
  const setting = (name: string): number | null => {
    try {
      return Number(fs.readFileSync(`/proc/sys/${name}`, 'utf8'))
    } catch {
      return null // this kernel does not have it
    }
  }
  return {
    unprivilegedClone: setting('kernel/unprivileged_userns_clone'),
    maximum: setting('user/max_user_namespaces'),
    apparmorRestricts: setting('kernel/apparmor_restrict_unprivileged_userns'),
  }
}

/** The kernel lets proc be mounted anew only where nothing of the one before was hidden. */
export const procInUserNamespace = (root: boolean): Probe => ({
  id: 'userns-proc',
  what: 'proc, mounted in a user namespace',
  chapters: from('ch2'),
  needed: root ? [] : from('ch2'),
  loses: '--userns',
  after: ['user-namespace'],
  async look(machine) {
    const tried = await attempt(machine, [...userNamespace(machine), ...privateMounts, ...ownProc])
    if (tried.done) return ok('mounts')
    return missing(
      tried.said,
      'this machine is a container whose /proc is masked: docker run --security-opt systempaths=unconfined …',
    )
  },
})

export const ownProc: readonly Move[] = [
  { op: 'unshare', flags: ['CLONE_NEWPID'] },
  { op: 'fork' },
  { op: 'open_root', path: '/' },
  {
    op: 'mount',
    source: 'proc',
    target: '/proc',
    fstype: 'proc',
    flags: ['MS_NOSUID', 'MS_NODEV', 'MS_NOEXEC'],
    data: null,
  },
]

export const idRanges = (root: boolean): Probe => ({
  id: 'id-ranges',
  what: 'more than one id in a user namespace',
  chapters: from('ch2'),
  needed: [],
  loses: root ? '--userns' : 'users other than root inside',
  after: ['user-namespace'],
  async look(machine) {
    const moves = machine.root ? rangesOfRoot(machine) : rangesOfUser(machine)
    if ('found' in moves) return degraded(moves.found, moves.remedy)
    const tried = await attempt(machine, [
      { op: 'unshare', flags: ['CLONE_NEWUSER'] },
      ...moves.steps,
      { op: 'setresgid', gid: 1 },
      { op: 'setresuid', uid: 1 },
    ])
    if (tried.done)
      return ok(
        machine.root ? 'root maps them itself' : 'newuidmap and newgidmap map what /etc/subuid and /etc/subgid grant',
      )
    if (machine.root) return missing(tried.said, notQuiteRoot)
    return degraded(
      tried.said,
      `${install(false, 'newuidmap')}; both are set-uid root: sudo chmod u+s /usr/bin/new?idmap`,
    )
  },
})

type Ranges = { readonly steps: readonly Move[] } | { readonly found: string; readonly remedy: string }

const rangesOfRoot = ({ facts }: Machine): Ranges => {
  const map = (file: 'uid_map' | 'gid_map', start = 100000): Move => ({
    op: 'write_proc',
    of: 'stage',
    file,
    data: `0 ${start} 65536\n`,
  })
  return { steps: [map('uid_map', facts.subuid[0]?.start), map('gid_map', facts.subgid[0]?.start)] }
}

function rangesOfUser({ facts, uid, gid, user }: Machine): Ranges {
  const { newuidmap, newgidmap } = facts.tools
  const [uids] = facts.subuid
  const [gids] = facts.subgid
  if (newuidmap === null || newgidmap === null) {
    const name = newuidmap === null ? 'newuidmap' : 'newgidmap'
    return { found: `program '${name}' is not on this machine`, remedy: install(false, 'newuidmap') }
  }
  if (uids === undefined || gids === undefined) {
    const files = [...(uids === undefined ? ['/etc/subuid'] : []), ...(gids === undefined ? ['/etc/subgid'] : [])]
    const remedy = admin(false, `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`)
    return { found: `no range for ${user} in ${files.join(' and ')}: only the own id is mapped`, remedy }
  }
  const map = (tool: string, own: number, { start, count }: { start: number; count: number }): Move => ({
    op: 'newidmap',
    of: 'stage',
    tool,
    ranges: [
      [0, own, 1],
      [1, start, count],
    ],
  })
  return { steps: [map(newuidmap, uid, uids), map(newgidmap, gid, gids)] }
}

export const idmappedMounts: Probe = {
  id: 'idmapped-mount',
  what: 'id-mapped mounts of the data directory',
  chapters: from('ch2'),
  needed: [],
  loses: 'a root directory that --userns can share without changing its owners',
  after: ['user-namespace', 'id-ranges'],
  async look(machine) {
    const { executor, facts, scratch } = machine
    if (executor !== null && (await canIdmap(executor, scratch.directory('idmap'), facts))) return ok('mounts')
    if (machine.root)
      return degraded(
        'refused by this kernel or its file system',
        'put MINI_DOCKER_ROOT on ext4, xfs or btrfs, with Linux 5.12 or later',
      )
    return { ...degraded('only root may make one', 'sudo mini-docker ch2 run --userns …'), rootCould: true }
  },
}
