/**
 * Where things are kept. Data survives a reboot (rootfs, images), run does not (states, leases). An ordinary user's lie
 * where the XDG base directory specification puts them.
 */

import * as os from 'node:os'

export interface Directories {
  readonly data: string
  readonly run: string
}

export function directories(env: NodeJS.ProcessEnv = process.env, uid = process.geteuid?.() ?? 0): Directories {
  const data = env.XDG_DATA_HOME || `${env.HOME || os.homedir()}/.local/share`
  const run = env.XDG_RUNTIME_DIR || `/tmp/mini-docker-${uid}`
  return {
    data: env.MINI_DOCKER_ROOT || (uid === 0 ? '/var/lib/mini-docker' : `${data}/mini-docker`),
    run: env.MINI_DOCKER_RUN || (uid === 0 ? '/run/mini-docker' : `${run}/mini-docker`),
  }
}
