/**
 * The network of an ordinary user's container: a program of the user's own that carries packets between a tap device
 * inside and sockets outside. No bridge, as that is the host's; containers reach the outside, not each other.
 */

import { fail } from '#core/errors'
import type { Pass } from '#core/plan/assemble'
import { type Carrier, carriers, hasDefaultRoute } from '#core/plan/carriers'
import type { Facts } from '#core/sys/facts'

export interface UserMode {
  readonly pass: Pass
  /** The address inside at which the host's resolver answers. */
  readonly resolver: string
}

/**
 * @param below the container has a user namespace below ours
 * @throws MiniDockerError Unsupported when no program is there that can do it
 */
export function userMode({ tools }: Facts, directory: string, below: boolean): UserMode {
  for (const { name, resolver, argv, entersBelowOnly } of carriers) {
    const program = tools[name]
    if (program !== null && (below || !entersBelowOnly)) {
      return { pass: helper(argv(program, 'init'), directory), resolver }
    }
  }
  if (!below) {
    fail('Unsupported', {
      what: '--net bridge as root of a user namespace',
      why: "the host's network is not ours, and pasta cannot enter a container that shares our user namespace",
      hint: 'add --userns, or apt-get install slirp4netns',
    })
  }
  return fail('Unsupported', {
    what: '--net bridge as an ordinary user',
    why: 'neither pasta nor slirp4netns is on this machine',
    hint: 'apt-get install passt, or run it as root',
  })
}

const helper =
  (argv: ReturnType<Carrier['argv']>, directory: string): Pass =>
  () => [
    {
      op: 'spawn_helper',
      argv,
      ready: hasDefaultRoute('init'),
      pidFile: `${directory}/network.pid`,
      phase: 'wire',
      by: 'ch2.userMode',
      why: 'it enters the new user and network namespace, and carries their packets out through its own sockets',
    },
  ]
