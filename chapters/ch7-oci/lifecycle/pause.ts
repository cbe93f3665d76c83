/** `pause`, `resume`: all processes stop where they are, and go on. The freezer is ch3's. */

import { probeFacts } from '#core/sys/probe'
import { directoriesOf, freezer } from '../../ch3-cgroups/index.js'
import type { Containers } from './containers.js'
import { oneAtATime } from './one-at-a-time.js'

export function setPaused(containers: Containers, id: string, paused: boolean): Promise<void> {
  const operation = paused ? 'pause' : 'resume'
  return oneAtATime(containers.directoryOf(id), operation, async () => {
    const { record } = containers.expect(id, operation)
    const { setFrozen } = await freezer()
    await setFrozen(id, directoriesOf(record.spec!, probeFacts()), paused)
  })
}
