/** What netDevices need to know of the host's network, and of that in which the devices will be. Asked of ip(8). */

import * as fs from 'node:fs'
import type { Parts } from '#core/chapter'
import { fail } from '#core/errors'
import { requireTools } from '#core/plan/needs'
import type { Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { type Address, netDevices, type Surroundings } from '../namespaces/net-devices.js'

interface Link {
  readonly ifname: string
  readonly addr_info?: readonly (Address & { readonly scope: string; readonly valid_life_time: number })[]
}

/** @throws MiniDockerError: there is no such device, its name is taken, or there is nowhere for it to go */
export function movedDevices({ linux }: Spec, facts: Facts): Parts {
  const devices = linux?.netDevices ?? {}
  if (Object.keys(devices).length === 0) return {}
  const path = linux?.namespaces?.find(({ type }) => type === 'network')?.path
  if (path !== undefined && isOurs(path)) {
    const why = "the network namespace of the container is the host's own"
    fail('InvalidArgument', { what: 'linux.netDevices', why })
  }
  requireTools('linux.netDevices', ['ip', 'nsenter'], facts)
  return { netDevices: netDevices(devices, around(path, facts)) }
}

const isOurs = (path: string): boolean => {
  const [there, ours] = [path, '/proc/self/ns/net'].map(at => fs.statSync(at, { throwIfNoEntry: false }))
  return there !== undefined && there.ino === ours!.ino && there.dev === ours!.dev
}

function around(path: string | undefined, { tools: { ip, nsenter } }: Facts): Surroundings {
  const here = linksOf([ip!])
  // a new one has its loopback
  const there = path === undefined ? ['lo'] : linksOf([nsenter!, `--net=${path}`, ip!]).map(({ ifname }) => ifname)
  return { here: new Map(here.map(({ ifname, addr_info = [] }) => [ifname, addr_info.filter(isKept)])), there }
}

/** ip(8) shows the time that is left to an address; all ones is for ever, which is IFA_F_PERMANENT. */
const isKept = ({ scope, valid_life_time: left }: NonNullable<Link['addr_info']>[number]): boolean =>
  scope === 'global' && left === 2 ** 32 - 1

function linksOf([program, ...args]: readonly string[]): Link[] {
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const { status, stdout, stderr, error } = spawnSync(program!, [...args, '-json', 'address', 'show'], {
    encoding: 'utf8',
  })
  if (status === 0) return JSON.parse(stdout)
  return fail('FailedPrecondition', {
    what: 'linux.netDevices: ip address',
    why: stderr?.trim() || String(error),
    cause: error,
  })
}
