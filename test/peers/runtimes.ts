/** Three runtimes, one command line each: what starts a bundle (a directory with a config.json) in the foreground. */

import * as fs from 'node:fs'
import type { Spec } from '#core/spec/runtime'
import { cgroupLayout } from '#core/sys/probe'
import { commandLine } from '#support/cli'
import { nonce, readOr, type World } from '#support/world'

export type RuntimeName = 'mini-docker' | 'runc' | 'crun'
export type PeerName = Exclude<RuntimeName, 'mini-docker'>
export const peers: readonly PeerName[] = ['runc', 'crun']

/** Our own containers live in no cgroup of theirs before ch3. The peers' all lie below this one, which goes at the end. */
const cgroupParent = '/mini-docker'
const cgroupsPath = `${cgroupParent}/peers-${nonce()}`

/**
 * The spec as the peers take it; whatever is not named here they get as we do.
 * - ociVersion: crun 1.8 knows 1.0.x alone
 * - a time namespace: in neither of them yet
 * - cgroupsPath: without one they would choose a place that we could not clean up
 */
export function forPeers(spec: Spec): object {
  const namespaces = spec.linux?.namespaces?.filter(({ type }) => type !== 'time')
  return { ...spec, ociVersion: '1.0.2', linux: { ...spec.linux, namespaces, cgroupsPath } }
}

export function commandOf(runtime: RuntimeName, world: World, spec: Spec): string[] {
  const bundle = world.directoryOf({
    'config.json': JSON.stringify(runtime === 'mini-docker' ? spec : forPeers(spec)),
  })
  const name = `peers-${nonce()}`
  if (runtime === 'mini-docker') {
    return commandLine(['ch2', 'run', '--spec', `${bundle}/config.json`, '--name', name, '--interactive'])
  }
  const state = `${world.directory}/${runtime}`
  const command = [runtime, '--root', state, 'run', '--bundle', bundle, name]
  return runtime === 'crun' ? [...withoutUnified(), ...command] : command
}

/**
 * crun 1.8 refuses a hybrid hierarchy. It gets a mount namespace of its own in which the cgroup2 beside the v1 controllers
 * is not mounted; the host's mounts stay as they are.
 */
export function withoutUnified(): string[] {
  const mountinfo = fs.readFileSync('/proc/self/mountinfo', 'utf8')
  if (cgroupLayout(mountinfo) !== 'hybrid') return []
  const unified = / (\/\S+) \S+(?: \S+:\S+)* - cgroup2 /.exec(mountinfo)![1]!
  return ['unshare', '--mount', 'sh', '-c', `umount ${unified} && exec "$@"`, 'crun']
}

/** Roots of the hierarchies, v1 and v2. */
const hierarchies: readonly string[] = [
  ...readOr('', '/proc/self/mountinfo').matchAll(/ (\/\S+) \S+(?: \S+:\S+)* - cgroup2? /g),
].map(([, root]) => root!)

const parents = hierarchies.map(root => `${root}${cgroupParent}`)
const wereThere = new Set(parents.filter(parent => fs.existsSync(parent)))

/** cgroup directories of the peers' containers that are still there. */
export const cgroupsLeft = (): string[] =>
  hierarchies.map(root => `${root}${cgroupsPath}`).filter(path => fs.existsSync(path))

/** Takes away what we brought: the parent only where it was not before, and only when nobody else has moved in. */
export function removeCgroups(): void {
  for (const path of [...cgroupsLeft(), ...parents.filter(parent => !wereThere.has(parent))]) {
    try {
      fs.rmdirSync(path)
    } catch {
      // not there, or another's by now
    }
  }
}
