/** ch2's flags, as docker run has them: data, for whoever shows or parses them. What they mean: flags.ts. */

import type { Flag } from '#core/cli/flags'
import { processFlags } from '#core/cli/process-flags'
import { seeingFlags } from '#core/cli/seeing'
import type { NamespaceType } from '#core/spec/runtime'

export const switches: readonly (readonly [flag: string, type: NamespaceType])[] = [
  ['no-mount', 'mount'],
  ['no-pid', 'pid'],
  ['no-uts', 'uts'],
  ['no-ipc', 'ipc'],
  ['no-cgroup', 'cgroup'],
  ['no-time', 'time'],
]

const namespaceFlags: readonly Flag[] = [
  { name: 'name', value: 'NAME', about: 'a name to find it by (default: a random id)' },
  { name: 'interactive', short: 'i', about: 'pass our stdin on' },
  { name: 'tty', short: 't', about: 'give it a terminal' },
  { name: 'init', about: 'an init as number 1 that reaps zombies and forwards signals' },
  { name: 'hostname', value: 'NAME', about: 'its host name (default: its id)' },
  { name: 'domainname', value: 'NAME', about: 'its NIS domain name' },
  {
    name: 'volume',
    short: 'v',
    value: 'SRC:DST[:ro]',
    many: true,
    about: 'show a file or directory of the host inside',
  },
  { name: 'mount', value: 'type=…,src=…,dst=…', many: true, about: 'the same in words: type=bind|tmpfs, readonly' },
  { name: 'tmpfs', value: 'DIR[:OPTIONS]', many: true, about: 'an empty file system in memory' },
  { name: 'read-only', about: 'its root cannot be written to' },
  {
    name: 'net',
    value: 'MODE',
    about: 'none (loopback alone), bridge (with the host and the outside), host (no namespace)',
  },
  { name: 'userns', about: 'a user namespace: root inside has no rights outside' },
  {
    name: 'uidmap',
    value: 'INSIDE:OUTSIDE:SIZE',
    many: true,
    about: 'with --userns: which uids (default: /etc/subuid)',
  },
  {
    name: 'gidmap',
    value: 'INSIDE:OUTSIDE:SIZE',
    many: true,
    about: 'with --userns: which gids (default: /etc/subgid)',
  },
  { name: 'monotonic', value: 'SECONDS', about: 'set its monotonic clock forward (or back)' },
  { name: 'boottime', value: 'SECONDS', about: 'set its uptime forward (or back)' },
  ...switches.map(([name, type]) => ({ name, about: `share the host's ${type} namespace` })),
]

/** Of `run`: which program, in what, and whether to look or to perform. */
export const runFlags: readonly Flag[] = [...processFlags, ...namespaceFlags, ...seeingFlags]

/** Of `exec`: the container is there, its program is another. */
export const execFlags: readonly Flag[] = [
  ...processFlags.filter(({ name }) => name !== 'rootfs'),
  ...namespaceFlags.filter(({ name }) => name === 'interactive' || name === 'tty'),
  ...seeingFlags,
]
