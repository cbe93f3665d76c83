/** `update`: other limits for a container that runs, all of them or none. The writes, and their order, are ch3's. */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import { host } from '#core/exec/host'
import type { HostStep } from '#core/plan/step'
import { parseResources } from '#core/spec/parse'
import type { Resources } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { changing } from '../../ch3-cgroups/index.js'
import type { Containers } from './containers.js'
import { oneAtATime } from './one-at-a-time.js'

/** @param file `-`: stdin @throws MiniDockerError InvalidArgument by JSON path */
export function readResources(file: string): Resources {
  try {
    return parseResources(JSON.parse(fs.readFileSync(file === '-' ? 0 : file, 'utf8')))
  } catch (cause) {
    if (errnoOf(cause) === undefined && !(cause instanceof SyntaxError)) throw cause
    return fail('InvalidArgument', {
      what: `resources '${file}'`,
      why: errnoOf(cause) ?? (cause as Error).message,
      cause,
    })
  }
}

export const update = (containers: Containers, id: string, wanted: Resources): Promise<void> =>
  oneAtATime(containers.directoryOf(id), 'update', () => updateNow(containers, id, wanted))

async function updateNow(containers: Containers, id: string, wanted: Resources): Promise<void> {
  const record = containers.alive(id)
  const facts = probeFacts()
  const { perform } = host(containers.root, facts)
  const { changesFor, performAllOrNone, readOrNull, withChanges } = await changing()
  let isDone = false
  containers.states.whileStill(record, now => {
    const changes = changesFor(now.spec!, wanted, facts, readOrNull)
    const here = (step: HostStep): unknown => perform(step, { init: now.init!.pid })
    performAllOrNone(changes, here, error => containers.warn(`not as it was before: ${error}`))
    containers.states.update({ ...now, spec: withChanges(now.spec!, wanted) })
    isDone = true
  })
  if (!isDone) fail('FailedPrecondition', { what: `container '${id}'`, why: 'has just ended' })
}
