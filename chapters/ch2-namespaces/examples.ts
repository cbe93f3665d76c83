/** ch2's examples: the specs that its page, its labs and its tests look at. */

import { defaultPath, ociVersion, type Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { defaultNamespaces, defaultSpec, type Wish } from './default-spec.js'

const rootfs = '/var/lib/mini-docker/rootfs/default'
const env = [`PATH=${defaultPath}`, 'HOSTNAME=box']
const user = { uid: 0, gid: 0 }
const process = { args: ['sh'], env, cwd: '/', user }
const facts = cannedFacts.v2
const spec = (wish: Partial<Wish>): Spec => defaultSpec({ rootfs, process, hostname: 'box', ...wish }, facts)

export const examples = {
  container: spec({}),
  terminal: spec({ process: { ...process, terminal: true, consoleSize: { height: 40, width: 120 } } }),
  user: spec({ process: { ...process, cwd: '/tmp', user: { uid: 1000, gid: 1000, additionalGids: [] } } }),
  userns: spec({ namespaces: [...defaultNamespaces, 'user'] }),
  init: spec({ init: true }),
  volumes: spec({
    readonlyRoot: true,
    mounts: [
      { destination: '/srv/data', source: '/srv', options: ['rbind', 'ro'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=16m'] },
    ],
  }),
  clocks: spec({ timeOffsets: { monotonic: { secs: 86400 }, boottime: { secs: 86400 } } }),
  'uts-only': {
    ociVersion,
    root: { path: rootfs },
    process,
    hostname: 'box',
    linux: { namespaces: [{ type: 'uts' }] },
  },
} satisfies Record<string, Spec>
