/**
 * Where things are kept. Data survives a reboot (rootfs, images), run does not (states, leases). An ordinary user's lie
 * where the XDG base directory specification puts them. A run directory may be anybody's: `core/exec/run-directory` looks.
 */

import * as path from 'node:path'
import { fail } from '#core/errors'

export interface Directories {
  readonly data: string
  readonly run: string
}

/**
 * Absolute, whatever was said: what is recorded in them is read from any working directory.
 * @throws MiniDockerError NotFound when an ordinary user's data directory depends on a home that nobody knows
 */
export function directories(env: NodeJS.ProcessEnv = process.env, uid = process.geteuid?.() ?? 0): Directories {
  const data = (): string => `${env.XDG_DATA_HOME || `${env.HOME || homeOf(uid)}/.local/share`}/mini-docker`
  // right below /tmp, which is sticky: in a directory between the two it could be replaced by who owns that one
  const run = env.XDG_RUNTIME_DIR ? `${env.XDG_RUNTIME_DIR}/mini-docker` : `/tmp/mini-docker-${uid}`
  return {
    data: path.resolve(env.MINI_DOCKER_ROOT || (uid === 0 ? '/var/lib/mini-docker' : data())),
    run: path.resolve(env.MINI_DOCKER_RUN || (uid === 0 ? '/run/mini-docker' : run)),
  }
}

/** Of passwd(5). Hardly ever needed, and so not loaded. */
function homeOf(uid: number): string {
  try {
    return process.getBuiltinModule('node:os').homedir()
  } catch (cause) {
    return fail('NotFound', {
      what: `home directory of user ${uid}`,
      why: 'HOME is not set, and /etc/passwd has no entry', // uv_os_homedir asks only these two
      hint: 'set HOME, or MINI_DOCKER_ROOT to a directory for data',
      cause,
    })
  }
}
