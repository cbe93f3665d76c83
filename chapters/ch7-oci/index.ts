/** ch7: OCI. The container of ch1 to ch3, whole, behind the command line that engines speak. */

import type { Chapter, Parts } from '#core/chapter'
import type { Pass } from '#core/plan/assemble'
import { ch3 } from '../ch3-cgroups/index.js'
import { examples } from './examples.js'
import { bindsWithoutData } from './filesystem/binds.js'
import { copyingUp } from './filesystem/copy-up.js'
import { specDevices } from './filesystem/devices.js'
import { mapping } from './filesystem/mapped-mounts.js'
import { masks } from './filesystem/masks.js'
import { rootPropagation } from './filesystem/root-propagation.js'
import { sharingRoot } from './filesystem/shared-root.js'
import { joinNamespaces } from './namespaces/join.js'
import { sysctl } from './namespaces/sysctl.js'
import { attributes } from './process/attributes.js'
import { boundingSet, capabilities } from './process/capabilities.js'
import { checkCwd } from './process/check-cwd.js'
import { noNewPrivileges } from './process/no-new-privileges.js'
import { filterLast, filterWithListener, filterWithRights } from './seccomp/set-filter.js'

/** Init outlives who created it: it does not die with its parent, which is gone as soon as it is created. */
const startInit: Pass = (spec, facts) => ch3.parts.startInit!(spec, facts).filter(step => step.op !== 'die_with_parent')

// #region parts
/** The bounding set before the ids, the other sets behind them: passes of one phase come in this order. A key keeps its place. */
export const parts: Parts = {
  joinNamespaces,
  sysctl,
  attributes,
  filterWithRights,
  boundingSet,
  ...ch3.parts,
  enterRoot: sharingRoot(ch3.parts.enterRoot!),
  mounts: bindsWithoutData(mapping(copyingUp(ch3.parts.mounts!))),
  specDevices,
  startInit,
  checkCwd,
  noNewPrivileges,
  capabilities,
  filterWithListener,
  masks,
  rootPropagation,
  exec: filterLast(ch3.parts.exec!),
}
// #endregion parts

export const ch7: Chapter = {
  id: 'ch7',
  title: 'OCI',
  understands: [
    ...ch3.understands,
    'process.capabilities',
    'process.noNewPrivileges',
    'process.scheduler',
    'process.ioPriority',
    'process.execCPUAffinity',
    'hooks',
    'linux.namespaces.path',
    'linux.seccomp',
    'linux.sysctl',
    'linux.devices',
    'linux.netDevices',
    'linux.rootfsPropagation',
    'linux.personality',
    'linux.memoryPolicy',
    'linux.maskedPaths',
    'linux.readonlyPaths',
  ],
  parts,
  examples,
}
