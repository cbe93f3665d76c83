/** The other seven namespaces, and what is done first inside each: that, too, can be refused. */

import type { CloneFlag } from '#core/sys/constants'
import { from } from './chapters.js'
import { missing, ok, type Probe } from './check.js'
import { asRunner } from './moves.js'
import { namespaceRemedy } from './remedy.js'
import { attempt, type Move } from './trial.js'

interface Kind {
  readonly name: string
  readonly flag: CloneFlag
  readonly first: readonly Move[]
  /** The flag of a run that leaves it out. */
  readonly without: string
}

const kinds: readonly Kind[] = [
  {
    name: 'mount',
    flag: 'CLONE_NEWNS',
    without: '--no-mount',
    first: [{ op: 'propagation', path: '/', flags: ['MS_REC', 'MS_PRIVATE'] }],
  },
  { name: 'pid', flag: 'CLONE_NEWPID', without: '--no-pid', first: [{ op: 'fork' }] },
  { name: 'uts', flag: 'CLONE_NEWUTS', without: '--no-uts', first: [{ op: 'sethostname', name: 'doctor' }] },
  { name: 'ipc', flag: 'CLONE_NEWIPC', without: '--no-ipc', first: [] },
  { name: 'network', flag: 'CLONE_NEWNET', without: '--net host', first: [{ op: 'link_up', name: 'lo' }] },
  { name: 'cgroup', flag: 'CLONE_NEWCGROUP', without: '--no-cgroup', first: [] },
  {
    name: 'time',
    flag: 'CLONE_NEWTIME',
    without: '--no-time',
    first: [{ op: 'write', path: '/proc/self/timens_offsets', data: 'boottime 1 0\n' }, { op: 'fork' }],
  },
]

/** Without a mount namespace there is no container to speak of; the others can be left out by a flag. */
const indispensable = ['mount']

export const namespaces = (root: boolean): Probe[] =>
  kinds.map(({ name, flag, first, without }) => ({
    id: `${name}-namespace`,
    what: `${name} namespaces`,
    chapters: from('ch2'),
    needed: indispensable.includes(name) ? from('ch2') : [],
    loses: `the ${name} namespace (run with ${without})`,
    after: [root ? 'koffi' : 'user-namespace'],
    async look(machine) {
      const tried = await attempt(machine, [...asRunner(machine), { op: 'unshare', flags: [flag] }, ...first])
      if (tried.done) return ok('made')
      return missing(tried.said, namespaceRemedy(name, tried.errno, machine.root))
    },
  }))
