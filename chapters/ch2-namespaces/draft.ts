/** From flags to a spec, and from the spec to a plan. What has to be reserved on the way is reserved here. */

import { type Parts, passesOf } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { processOf, rootfsOf } from '#core/cli/process-flags'
import type { Shared } from '#core/exec/shared'
import type { Swap } from '#core/lab'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { type Facts, factsBut } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { defaultSpec, type Wish } from './default-spec.js'
import type { Extension } from './extension.js'
import { filesAmong } from './files-among.js'
import { clocksOf, mountsOf, namespacesOf, networkOf } from './flags.js'
import { mapsOf } from './id-map-flags.js'
import type { Connection } from './network/connect.js'
import { withTerminal } from './with-terminal.js'

export interface Draft {
  readonly spec: Spec
  readonly plan: Plan
}

export interface Place {
  readonly id: string
  readonly facts: Facts
  /** The container's run directory. */
  readonly directory: string
  /** null when nothing is to be reserved. */
  readonly shared: Shared | null
  /** The spec of --spec, null when it is to be made of flags. */
  readonly given: Spec | null
  readonly swap: Swap
  /** Of a later chapter. */
  readonly extension?: Extension | undefined
}

export async function draft(parts: Parts, flags: Flags, rest: readonly string[], place: Place): Promise<Draft> {
  const { facts, given, extension } = place
  const whole = (spec: Spec): Spec => extension?.wish(spec, flags, place) ?? spec
  if (given !== null) {
    const spec = whole(given)
    return finish(spec, parts, flags, { ...place, veth: null }, filesAmong(spec.mounts ?? []))
  }
  const wish = await wishOf(flags, rest, place)
  whole(defaultSpec(wish, facts)) // what is wrong with the wish is said before an address is reserved for it
  const connection = await connectionOf(flags, wish, place)
  const spec = whole(defaultSpec({ ...wish, mounts: [...wish.mounts, ...connection.mounts] }, facts))
  const files = [...filesAmong(wish.mounts), ...connection.files]
  return finish(spec, { ...parts, ...connection.parts }, flags, { ...place, veth: connection.veth }, files)
}

type Connected = Place & { readonly veth: string | null }

function finish(spec: Spec, parts: Parts, flags: Flags, place: Connected, files: readonly string[]): Draft {
  const { facts, extension, shared } = place
  const all = { ...parts, ...extension?.parts?.(spec, flags, place) }
  const plan = assemble(passesOf(all), spec, factsBut(facts, { files }))
  if (shared !== null) extension?.reserve?.(spec, facts, shared) // behind the plan: what was begun holds up cgroups that are made
  return { spec, plan }
}

type OwnWish = Wish & Required<Pick<Wish, 'mounts' | 'namespaces'>>

/** What the flags say of the container itself. */
async function wishOf(flags: Flags, rest: readonly string[], { id, shared, extension }: Place): Promise<OwnWish> {
  const planning = shared === null
  const root = extension?.root
  const rootfs = root?.path ?? (await rootfsOf(flags, directories(), planning))
  const namespaces = namespacesOf(flags)
  const hostname = hostnameOf(flags, id)
  const env = [`HOSTNAME=${hostname}`]
  const own = root === undefined ? processOf(flags, rest, rootfs, env) : root.process(flags, rest, env)
  const process = withTerminal(flags, planning, await own)
  const mounts = mountsOf(flags)
  const clocks = clocksOf(flags)
  const domainname = flags.one('domainname')
  return {
    rootfs,
    process,
    namespaces,
    readonlyRoot: flags.on('read-only'),
    init: flags.on('init'),
    // without a namespace for it: refused when asked for, and else not set
    ...(flags.on('hostname') || namespaces.includes('uts') ? { hostname } : {}),
    ...mapsOf(flags),
    ...(domainname === undefined ? {} : { domainname }),
    ...(clocks === undefined ? {} : { timeOffsets: clocks }),
    mounts,
  }
}

/** What --net adds to it. Most containers have no cable: what lays one is loaded for those that do. */
async function connectionOf(flags: Flags, wish: OwnWish, place: Place): Promise<Connection> {
  const mode = networkOf(flags)
  if (mode === 'none') return { parts: {}, mounts: [], files: [], veth: null }
  const { connect } = await import('./network/connect.js')
  const userns = wish.namespaces.includes('user')
  const { parts, mounts, files, veth } = connect({ ...place, mode, userns, hostname: hostnameOf(flags, place.id) })
  // --no-mount: the host's mounts are not ours to add to, and the jail's own /etc has to do
  if (!wish.namespaces.includes('mount')) return { parts, mounts: [], files, veth }
  const isTaken = (destination: string): boolean => wish.mounts.some(volume => volume.destination === destination)
  // a volume over /etc/hosts is meant
  return { parts, mounts: mounts.filter(({ destination }) => !isTaken(destination)), files, veth }
}

const hostnameOf = (flags: Flags, id: string): string => flags.one('hostname') ?? id.slice(0, 63)
