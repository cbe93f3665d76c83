/** ch3: cgroups. Each container had a machine of its own to look at; now it gets no more than its share of the real one. */

import type { Chapter } from '#core/chapter'
import { ch2 } from '../ch2-namespaces/index.js'
import { gate, isolate, startInit } from './cgroup/gate.js'
import { makeCgroup } from './cgroup/make.js'
import { examples } from './examples.js'
import { cpuWeight } from './limits/cpu-weight.js'
import { devices as deviceRules } from './limits/devices.js'
import { refuseUnkept } from './limits/needed.js'
import { oomScore, rlimits } from './limits/process-limits.js'
import { limitsV1 } from './limits/v1.js'
import { limitsV2 } from './limits/v2.js'

// #region parts
/** The order of the keys is the order of the steps within a phase: the limits are there before anyone joins. */
export const parts = {
  refuseUnkept,
  makeCgroup,
  cpuWeight,
  limitsV1,
  limitsV2,
  deviceRules,
  gate,
  oomScore,
  rlimits,
  ...ch2.parts,
  isolate,
  startInit,
}
// #endregion parts

export const ch3: Chapter = {
  id: 'ch3',
  title: 'cgroups',
  understands: [...ch2.understands, 'linux.cgroupsPath', 'linux.resources', 'process.rlimits', 'process.oomScoreAdj'],
  parts,
  examples,
}

export { directoriesOf, withController } from './cgroup/directories.js'
export { joinCgroup } from './cgroup/join.js'
export { makeCgroup } from './cgroup/make.js'
export { sharedParents } from './cgroup/shared-parents.js'
export { changing, extension, flagTables, freezer, live } from './doors.js'
export { defaultRules } from './limits/device-rules.js'
export { ageOf } from './live/processes.js'
export { tableOf } from './live/table.js'
