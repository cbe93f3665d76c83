/** While a container's files are read as a whole, its programs stand still: what they would write in between is in no snapshot. */

import { identify } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { directoriesOf, live } from '../../ch3-cgroups/index.js'
import type { Containers, StoredContainer } from './containers.js'
import { runningRecord } from './tree-of.js'

/** One that is paused already stays so. @param wanted false: it goes on meanwhile */
export async function standingStill<T>(
  containers: Containers,
  container: StoredContainer,
  wanted: boolean,
  action: () => Promise<T>,
): Promise<T> {
  const spec = wanted ? (runningRecord(container)?.spec ?? null) : null
  if (spec === null) return action()
  const { isPaused, setFrozen, thawAtOnce } = await live()
  const directories = directoriesOf(spec, probeFacts())
  if (isPaused(directories)) return action()
  containers.update(container.id, { frozenBy: identify(process.pid) }) // should we be killed: whoever comes next thaws it
  await setFrozen(container.name, directories, true)
  const thaw = (): never => {
    thawAtOnce(directories)
    process.exit(130)
  }
  process.on('SIGINT', thaw).on('SIGTERM', thaw)
  try {
    return await action()
  } finally {
    process.off('SIGINT', thaw).off('SIGTERM', thaw)
    thawAtOnce(directories)
    containers.update(container.id, { frozenBy: null })
  }
}
