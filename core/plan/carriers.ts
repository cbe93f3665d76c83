/**
 * The programs that carry an ordinary user's packets between a tap device inside and sockets outside. ch2 plans with
 * them, the doctor tries them: in the same words.
 *
 * Neither forwards ports here, and neither lets the container at what listens on the host's loopback: both would by
 * default (pasta(1), slirp4netns(1)), and a network namespace is there to prevent it.
 */

import type { ProcessRole, Sign } from './step.js'

export interface Carrier {
  readonly name: 'pasta' | 'slirp4netns'
  /** The address inside at which the host's resolver answers. */
  readonly resolver: string
  /**
   * It lays its rights down before it enters, and from then on a process with all rights in our own user namespace is out of
   * its reach (ptrace(2), "access mode checking"): it can only enter a user namespace below ours.
   */
  readonly entersBelowOnly: boolean
  /** In the foreground: its process is then the one that we started, and can be ended with us. */
  readonly argv: (program: string, of: ProcessRole) => readonly (string | { of: ProcessRole })[]
}

/** Link-local, so that it hides no real address; the one that podman takes. */
const pastaResolver = '169.254.1.1'
const noPorts = ['--tcp-ports', '--udp-ports', '--tcp-ns', '--udp-ns'].flatMap(flag => [flag, 'none'])

/** The first that is there is taken. */
export const carriers: readonly Carrier[] = [
  {
    name: 'pasta',
    resolver: pastaResolver,
    entersBelowOnly: true,
    argv: (program, of) => [
      ...[program, '--foreground', '--quiet', '--config-net', '--ns-ifname', 'eth0', ...noPorts],
      ...['--dns-forward', pastaResolver, '--no-map-gw', { of }],
    ],
  },
  {
    name: 'slirp4netns',
    resolver: '10.0.2.3',
    entersBelowOnly: false,
    argv: (program, of) => [program, '--configure', '--mtu=65520', '--disable-host-loopback', { of }, 'eth0'],
  },
]

/** proc_pid_net(5): the second column is the destination; 0 is everywhere. So there is a way out. */
export const hasDefaultRoute = (of: ProcessRole): Sign => ({ of, file: 'net/route', line: '^\\S+\\t00000000\\t' })
