/** Which processes a container has. */

import { processesIn } from '#core/exec/cgroup'
import type { ContainerRecord } from '#core/exec/state'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf } from '../../ch3-cgroups/index.js'

/** All processes of a container's cgroups, in each hierarchy: a shared one lists the same. */
export function processesOf(record: ContainerRecord): number[] {
  if (record.spec === null) return []
  const directories = directoriesOf(record.spec, probeFacts())
  return [...new Set(directories.flatMap(({ path }) => processesIn(path)))].sort((a, b) => a - b)
}
