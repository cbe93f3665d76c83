/** ch1's examples: the specs that its page, its labs and its tests look at. */

import { defaultPath, ociVersion, type Spec } from '#core/spec/runtime'

const root = { path: '/var/lib/mini-docker/rootfs/default' }
const env = [`PATH=${defaultPath}`]
const user = { uid: 0, gid: 0 }

export const examples = {
  shell: { ociVersion, root, process: { args: ['sh'], env, cwd: '/', user } },
  command: { ociVersion, root, process: { args: ['ls', '-l', '/'], env, cwd: '/', user } },
  user: {
    ociVersion,
    root,
    process: { args: ['id'], env, cwd: '/tmp', user: { uid: 1000, gid: 1000, additionalGids: [] } },
  },
} satisfies Record<string, Spec>
