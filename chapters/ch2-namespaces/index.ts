/** ch2: namespaces. The jail of ch1 made of glass on one side: its inmates see a whole machine, and no other. */

import type { Chapter } from '#core/chapter'
import { ch1, parts as ch1Parts, escape } from '../ch1-chroot/index.js'
import { become } from './become.js'
import { cleanUmask } from './clean-umask.js'
import { clocks } from './clocks.js'
import { devices } from './devices.js'
import { examples } from './examples.js'
import { hostname } from './hostname.js'
import { isolate } from './isolate.js'
import { loopback } from './loopback.js'
import { mapIds } from './map-ids.js'
import { mounts } from './mounts.js'
import { pivotRoot } from './pivot-root.js'
import { privateMounts } from './private-mounts.js'
import { seal } from './seal.js'
import { startInit } from './start-init.js'
import { supervisor } from './supervisor.js'
import { terminal } from './terminal.js'

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
