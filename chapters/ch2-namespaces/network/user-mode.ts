/**
 * The network of an ordinary user's container: a program of the user's own that carries packets between a tap device
 * inside and sockets outside. No bridge, as that is the host's; containers reach the outside, not each other.
 *
 * Neither program forwards ports here, and neither lets the container at what listens on the host's loopback: both would
 * by default (pasta(1), slirp4netns(1)), and a network namespace is there to prevent it.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import type { Facts } from '#core/sys/facts'

export interface UserMode {
  readonly pass: Pass
  /** The address inside at which the host's resolver answers. */
  readonly resolver: string
}

const init = { of: 'init' } as const
/** Link-local, so that it hides no real address; the one that podman takes. */
const pastaResolver = '169.254.1.1'
const noPorts = ['--tcp-ports', '--udp-ports', '--tcp-ns', '--udp-ns'].flatMap(flag => [flag, 'none'])

/** @throws MiniDockerError Unsupported when neither program is there */
export function userMode({ tools }: Facts, directory: string): UserMode {
  const { pasta, slirp4netns } = tools
  if (pasta !== null) {
    const address = ['--dns-forward', pastaResolver, '--no-map-gw']
    // in the foreground: its process is then the one that we started, and can be ended with us
    const argv = [pasta, '--foreground', '--quiet', '--config-net', '--ns-ifname', 'eth0', ...noPorts, ...address, init]
    return { pass: helper(argv, directory), resolver: pastaResolver }
  }
  if (slirp4netns !== null) {
    const argv = [slirp4netns, '--configure', '--mtu=65520', '--disable-host-loopback', init, 'eth0']
    return { pass: helper(argv, directory), resolver: '10.0.2.3' }
  }
  return fail('Unsupported', {
    what: '--net bridge as an ordinary user',
    why: 'neither pasta nor slirp4netns is on this machine',
    hint: 'apt-get install passt, or run it as root',
  })
}

const helper =
  (argv: readonly (string | typeof init)[], directory: string): Pass =>
  () => [
    {
      op: 'spawn_helper',
      argv,
      connects: init,
      pidFile: `${directory}/network.pid`,
      phase: 'wire',
      by: 'ch2.userMode',
      why: 'it enters the new user and network namespace, and carries their packets out through its own sockets',
    },
  ]
