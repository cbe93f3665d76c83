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

/** Each is made when it is looked at: a run loads them with the chapter, and needs none. */
export const examples = {
  get container() {
    return spec({})
  },
  get terminal() {
    return spec({ process: { ...process, terminal: true, consoleSize: { height: 40, width: 120 } } })
  },
  get user() {
    return spec({ process: { ...process, cwd: '/tmp', user: { uid: 1000, gid: 1000, additionalGids: [] } } })
  },
  get userns() {
    return spec({ namespaces: [...defaultNamespaces, 'user'] })
  },
  get init() {
    return spec({ init: true })
  },
  get volumes() {
    return spec({
      readonlyRoot: true,
      mounts: [
        { destination: '/srv/data', source: '/srv', options: ['rbind', 'ro'] },
        { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'size=16m'] },
      ],
    })
  },
  get clocks() {
    return spec({ timeOffsets: { monotonic: { secs: 86400 }, boottime: { secs: 86400 } } })
  },
  'uts-only': {
    ociVersion,
    root: { path: rootfs },
    process,
    hostname: 'box',
    linux: { namespaces: [{ type: 'uts' }] },
  },
} satisfies Record<string, Spec>
