/** Every check, in the order in which they are asked. */

import type { Check } from './check.js'
import { cgroupChecks } from './checks-cgroups.js'
import { configChecks } from './checks-config.js'
import { featureChecks } from './checks-features.js'
import { fileChecks } from './checks-files.js'
import { hookFailureChecks } from './checks-hook-failures.js'
import { hookChecks } from './checks-hooks.js'
import { idmapChecks } from './checks-idmap.js'
import { lifecycleChecks } from './checks-lifecycle.js'
import { mountChecks } from './checks-mounts.js'
import { namespaceChecks } from './checks-namespaces.js'
import { operationChecks } from './checks-operations.js'
import { processChecks } from './checks-process.js'
import { seccompChecks } from './checks-seccomp.js'

export const allChecks: readonly Check[] = [
  ...operationChecks,
  ...lifecycleChecks,
  ...configChecks,
  ...processChecks,
  ...mountChecks,
  ...idmapChecks,
  ...hookChecks,
  ...hookFailureChecks,
  ...namespaceChecks,
  ...fileChecks,
  ...cgroupChecks,
  ...seccompChecks,
  ...featureChecks,
]
