/**
 * The bridge network. Everything is made inside a network namespace that ends with the trial; of the host's own it is
 * only asked whether we have rights over it.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import type { ToolName } from '#core/sys/facts'
import { from } from './chapters.js'
import { type Finding, type Machine, missing, ok, type Probe } from './check.js'
import { asRunner, program } from './moves.js'
import { admin, install, notQuiteRoot } from './remedy.js'
import { attempt, type Move, type Tried } from './trial.js'

const newNetwork: Move = { op: 'unshare', flags: ['CLONE_NEWNET'] }
/** Asked of root only: an ordinary user's `--net bridge` is what user-network.ts tries. */
const bridged = { chapters: from('ch2'), needed: [], loses: '--net bridge' } as const

const absent = (name: ToolName, root: boolean): Finding =>
  missing(`program '${name}' is not on this machine`, install(root, name))

/** A program of the host, given a file, inside a new network namespace. */
async function inNewNetwork(
  machine: Machine,
  name: 'ip' | 'nft',
  args: (file: string) => string[],
  script: string,
): Promise<Tried | null> {
  const path = machine.facts.tools[name]
  if (path === null) return null
  const file = machine.scratch.file(name, script)
  return attempt(machine, [...asRunner(machine), newNetwork, ...program(path, ...args(file))])
}

export const ip: Probe = {
  id: 'ip',
  what: 'ip, a bridge and a veth pair',
  ...bridged,
  after: ['network-namespace'],
  async look(machine) {
    const script = [
      'link add name doctor0 type bridge',
      'link add name doctor1 type veth peer name doctor2',
      'link set dev doctor1 master doctor0 up',
      'address add 192.0.2.1/24 dev doctor0',
    ].join('\n')
    const tried = await inNewNetwork(machine, 'ip', file => ['-batch', file], `${script}\n`)
    if (tried === null) return absent('ip', machine.root)
    return tried.done ? ok('made and connected') : missing(tried.said, admin(machine.root, 'modprobe -a bridge veth'))
  },
}

export const nft: Probe = {
  id: 'nft',
  what: 'nft and address translation',
  ...bridged,
  after: ['network-namespace'],
  async look(machine) {
    const script = `table ip doctor {
  chain postrouting {
    type nat hook postrouting priority 100
    ip saddr 192.0.2.0/24 masquerade
  }
}
`
    const tried = await inNewNetwork(machine, 'nft', file => ['-f', file], script)
    if (tried === null) return absent('nft', machine.root)
    return tried.done
      ? ok('made a table')
      : missing(tried.said, admin(machine.root, 'modprobe -a nf_tables nft_masq nft_chain_nat'))
  },
}

/**
 * Joining the namespace that one is in changes nothing, and is refused to who has no rights over it (setns(2)); CapEff
 * says whether CAP_NET_ADMIN is among them.
 */
export const hostNetwork = (root: boolean): Probe => ({
  id: 'host-network',
  what: "nsenter, and rights over the host's network",
  ...bridged,
  loses: root ? bridged.loses : 'a bridge on which containers reach each other',
  after: ['kernel'],
  async look(machine) {
    const { nsenter } = machine.facts.tools
    if (nsenter === null) return absent('nsenter', machine.root)
    try {
      execFileSync(nsenter, ['--net=/proc/self/ns/net', '--', '/proc/self/exe', '--version'], {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 10_000,
      })
    } catch (error) {
      const said = (error as { stderr?: Buffer }).stderr?.toString().trim().split('\n')[0] || (error as Error).message
      if (machine.root) return missing(said, notQuiteRoot)
      return {
        ...missing('only root may connect a container to it', 'sudo mini-docker ch2 run --net bridge …'),
        rootCould: true,
      }
    }
    return hasNetAdmin()
      ? ok('nsenter joins, CAP_NET_ADMIN is there')
      : missing('CAP_NET_ADMIN is not there', 'docker run --cap-add NET_ADMIN …')
  },
})

function hasNetAdmin(): boolean {
  const status = fs.readFileSync('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1] ?? '0'}`)
  return ((effective >> 12n) & 1n) === 1n // include/uapi/linux/capability.h: CAP_NET_ADMIN
}
