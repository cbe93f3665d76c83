/**
 * Where things are kept. Data survives a reboot (rootfs, images), run does not (states, leases). An ordinary user's lie
 * where the XDG base directory specification puts them. A run directory may be anybody's: `core/exec/run-directory` looks.
 */

export interface Directories {
  readonly data: string
  readonly run: string
}

export function directories(env: NodeJS.ProcessEnv = process.env, uid = process.geteuid?.() ?? 0): Directories {
  const data = env.XDG_DATA_HOME || `${env.HOME || homeOf()}/.local/share`
  // right below /tmp, which is sticky: in a directory between the two it could be replaced by who owns that one
  const run = env.XDG_RUNTIME_DIR ? `${env.XDG_RUNTIME_DIR}/mini-docker` : `/tmp/mini-docker-${uid}`
  return {
    data: env.MINI_DOCKER_ROOT || (uid === 0 ? '/var/lib/mini-docker' : `${data}/mini-docker`),
    run: env.MINI_DOCKER_RUN || (uid === 0 ? '/run/mini-docker' : run),
  }
}

/** Of passwd(5). Hardly ever needed, and so not loaded. */
const homeOf = (): string => process.getBuiltinModule('node:os').homedir()
