/** ch2: namespaces. The jail of ch1 made of glass on one side: its inmates see a whole machine, and no other. */

import type { Chapter, Parts } from '#core/chapter'
import type { Flags } from '#core/cli/flags'
import type { ContainerRecord } from '#core/exec/state'
import type { Swap } from '#core/lab'
import { ch1, parts as ch1Parts, escape } from '../ch1-chroot/index.js'
import { become } from './become.js'
import { cleanUmask } from './clean-umask.js'
import { clocks } from './clocks.js'
import { devices } from './devices.js'
import { examples } from './examples.js'
import type { Extension } from './extension.js'
import { hostname } from './hostname.js'
import { isolate } from './isolate.js'
import { loopback } from './loopback.js'
import { mapIds } from './map-ids.js'
import { mounts } from './mounts.js'
import type { Connection, ConnectRequest } from './network/connect.js'
import { pivotRoot } from './pivot-root.js'
import { privateMounts } from './private-mounts.js'
import { seal } from './seal.js'
import { startInit } from './start-init.js'
import { supervisor } from './supervisor.js'
import { terminal } from './terminal.js'

export { defaultNamespaces, defaultSpec, ownMapOf } from './default-spec.js'
export type { Extension, ExtensionPlace, ReadyRoot } from './extension.js'
export { mapsOf } from './id-map-flags.js'
export { mountWords } from './mount-options.js'
export { mountPoint } from './mounts.js'

// #region parts
/** The order of the keys is the order of the steps within a phase. */
export const parts = {
  clocks,
  mapIds,
  isolate,
  privateMounts,
  cleanUmask,
  supervisor,
  ...ch1Parts,
  enterRoot: pivotRoot,
  become,
  startInit,
  mounts,
  devices,
  terminal,
  hostname,
  loopback,
  seal,
}
// #endregion parts

/** Its commands' flags, for a later chapter to add to. */
export const flagTables = () => import('./flag-table.js')

/** Loaded when they are called: they touch the machine, and whoever imports this index is pure. */
export const run = async (
  parts: Parts,
  flags: Flags,
  rest: readonly string[],
  swap: Swap,
  extension?: Extension,
): Promise<number> => (await import('./run.js')).run(parts, flags, rest, swap, extension)
export const execInto = async (flags: Flags, rest: readonly string[], extension?: Extension): Promise<number> =>
  (await import('./exec.js')).exec(flags, rest, extension)
/** For who joins a container in another way. */
export const joining = async () => ({ ...(await import('./join.js')), ...(await import('./join-target.js')) })
export const mountSources = () => import('./files-among.js')
export const connect = async (request: ConnectRequest): Promise<Connection> =>
  (await import('./network/connect.js')).connect(request)
export const cableOf = async (record: ContainerRecord): Promise<string | null> =>
  (await import('./network/cable.js')).cableOf(record)

const { findProgram, exec, ...jail } = parts

/** ch1's escape, step for step, in ch2's jail: it climbs to the container's own root. */
export const escapeParts = { ...jail, escape, findProgram, exec }

export const ch2: Chapter = {
  id: 'ch2',
  title: 'namespaces',
  understands: [
    ...ch1.understands,
    'root.readonly',
    'hostname',
    'domainname',
    'mounts.destination',
    'mounts.type',
    'mounts.source',
    'mounts.options',
    'process.terminal',
    'process.consoleSize',
    'linux.namespaces.type',
    'linux.uidMappings',
    'linux.gidMappings',
    'linux.timeOffsets',
  ],
  parts,
  examples,
}
