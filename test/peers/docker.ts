/** A dockerd for one test: its own data, sockets, network namespace and mounts, and none of anybody else's. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { until, type World } from '#support/world'
import { ended } from './engines.js'

export type Docker = (...args: readonly string[]) => string

export interface DockerDaemon {
  /** What comes before a command: `docker -H …`. */
  readonly client: readonly string[]
  readonly docker: Docker
  /** Its own files, its log among them. */
  readonly place: string
  /** In whose namespaces it is. */
  readonly pid: number
  end(): Promise<void>
}

/** No bridge, no firewall rules, no union of layers: for who only stores images. */
const bare = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver', 'vfs']

/** @param prefix where it runs; by default in a network namespace that has nothing but lo */
export async function startDocker(
  world: World,
  flags: readonly string[] = bare,
  prefix: readonly string[] = ['unshare', '-n', '-m', '--propagation', 'private'],
): Promise<DockerDaemon> {
  const place = world.path()
  fs.mkdirSync(place)
  fs.writeFileSync(`${place}/daemon.json`, '{}')
  const socket = `unix://${place}/sock`
  const all = [
    ...['--data-root', `${place}/data`, '--exec-root', `${place}/exec`, '--pidfile', `${place}/pid`, '-H', socket],
    ...['--config-file', `${place}/daemon.json`, ...flags],
  ]
  const log = fs.openSync(`${place}/log`, 'w')
  // the mounts that it makes for itself go with its namespace; containers may share theirs with it
  const script = 'mount --make-rshared / && ip link set lo up && exec dockerd "$@"'
  const [program, ...rest] = [...prefix, 'sh', '-c', script, 'sh', ...all]
  const daemon = spawn(program!, rest, { stdio: ['ignore', log, log] })
  fs.closeSync(log)
  const client = ['docker', '-H', socket]
  const docker: Docker = (...args) =>
    execFileSync('docker', [...client.slice(1), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  await until('dockerd answers', () => answers(docker) || daemon.exitCode !== null, 60)
  return { client, docker, place, pid: daemon.pid!, end: () => stop(daemon) }
}

async function stop(daemon: ChildProcess): Promise<void> {
  daemon.kill('SIGTERM')
  await Promise.race([ended(daemon), new Promise(resolve => setTimeout(resolve, 20_000).unref())])
  daemon.kill('SIGKILL')
  await ended(daemon)
}

/** @param use is told the daemon's pid, too: whose namespaces are those of its containers */
export async function withDocker(world: World, use: (docker: Docker, pid: number) => Promise<void>): Promise<void> {
  const daemon = await startDocker(world)
  try {
    await use(daemon.docker, daemon.pid)
  } finally {
    await daemon.end()
  }
}

function answers(docker: Docker): boolean {
  try {
    docker('version')
    return true
  } catch {
    return false
  }
}
