/** From flags to a spec, and from the spec to a plan. What has to be reserved on the way is reserved here. */

import * as fs from 'node:fs'
import { type Parts, passesOf } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import { processOf, rootfsOf } from '#core/cli/process-flags'
import type { Shared } from '#core/exec/shared'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Mount, Spec } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { defaultSpec } from './default-spec.js'
import { clocksOf, mapsOf, mountsOf, namespacesOf, networkOf } from './flags.js'
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
}

export async function draft(
  parts: Parts,
  flags: Flags,
  rest: readonly string[],
  { id, facts, directory, shared, given: whole }: Place,
): Promise<Draft> {
  if (whole !== null) {
    const seen = { ...facts, files: filesAmong(whole.mounts ?? []) }
    return { spec: whole, plan: assemble(passesOf(parts), whole, seen) }
  }
  const planning = shared === null
  const rootfs = await rootfsOf(flags, directories(), planning)
  const namespaces = namespacesOf(flags)
  const hostname = flags.one('hostname') ?? id.slice(0, 63)
  const ownName = namespaces.includes('uts') ? { hostname } : {}
  const own = mountsOf(flags)
  const clocks = clocksOf(flags)
  const domainname = flags.one('domainname')
  const process = withTerminal(flags, planning, await processOf(flags, rest, rootfs, [`HOSTNAME=${hostname}`]))
  const wish = {
    rootfs,
    process,
    namespaces,
    readonlyRoot: flags.on('read-only'),
    init: flags.on('init'),
    ...(flags.on('hostname') ? { hostname } : ownName),
    ...mapsOf(flags),
    ...(domainname === undefined ? {} : { domainname }),
    ...(clocks === undefined ? {} : { timeOffsets: clocks }),
    mounts: own,
  }
  defaultSpec(wish, facts) // what is wrong with the wish is said before an address is reserved for it
  const mode = networkOf(flags)
  // most containers have no cable: what lays one is loaded for those that do
  const connection =
    mode === 'none'
      ? { parts: {}, mounts: [], files: [] }
      : (await import('./network/connect.js')).connect({ mode, id, hostname, directory, facts, shared })
  // --no-mount: the host's mounts are not ours to add to, and the jail's own /etc has to do
  const given = namespaces.includes('mount') ? connection.mounts : []
  // a volume over /etc/hosts is meant
  const ours = given.filter(({ destination }) => own.every(volume => volume.destination !== destination))
  const spec = defaultSpec({ ...wish, mounts: [...own, ...ours] }, facts)
  const planFacts = { ...facts, files: [...filesAmong(own), ...connection.files] }
  return { spec, plan: assemble(passesOf({ ...parts, ...connection.parts }), spec, planFacts) }
}

const filesAmong = (mounts: readonly Mount[]): string[] =>
  mounts.flatMap(({ source }) => (source?.startsWith('/') && isFile(source) ? [source] : []))

/** What is missing is for the mount to complain of. */
const isFile = (path: string): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === false
