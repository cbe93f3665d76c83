/** `create`: from a bundle to a container whose init waits at the gate. */

import { passesOf } from '#core/chapter'
import { fail } from '#core/errors'
import { createContainer } from '#core/exec/create'
import { host } from '#core/exec/host'
import { findStage, withoutMonitor } from '#core/exec/native'
import { cleanUp } from '#core/exec/replay'
import { assemble } from '#core/plan/assemble'
import { checkNeeds } from '#core/plan/needs'
import { probeFacts } from '#core/sys/probe'
import { extension } from '../../ch3-cgroups/index.js'
import { sealCgroups, withCgroupMounts } from '../filesystem/cgroup-mounts.js'
import { withUsualDevices } from '../filesystem/usual-devices.js'
import { partsInUse, runtimeHooks } from '../parts-in-use.js'
import { readBundle } from './bundle.js'
import { consoleTo } from './console-socket.js'
import type { Containers } from './containers.js'
import { gateParts } from './exec-fifo.js'
import { stateOf } from './state.js'

export interface CreateWish {
  readonly id: string
  readonly bundle: string
  readonly pidFile: string | null
  readonly consoleSocket: string | null
}

export async function create(
  containers: Containers,
  { id, bundle, pidFile, consoleSocket }: CreateWish,
): Promise<void> {
  const stage =
    findStage() ?? fail('Unavailable', { what: 'the native stage', why: 'is not built', hint: 'npm run build' })
  const facts = probeFacts()
  const given = readBundle(bundle)
  const spec = withUsualDevices(withCgroupMounts(given, facts))
  const { states } = containers
  const onConsole = consoleTo(consoleSocket, spec.process.terminal === true)
  const limits = await extension()
  const { perform, shared } = host(containers.root, facts)
  const record = states.create({ id, chapter: 'ch7', spec: null, undo: limits.reservations?.(spec, id) ?? [], bundle })
  const directory = states.directoryOf(id)
  const pidFiles = [`${directory}/init.pid`, ...(pidFile === null ? [] : [pidFile])]
  let made: ReturnType<typeof assemble>
  try {
    limits.reserve?.(spec, facts, shared)
    made = assemble(
      passesOf({
        ...partsInUse(),
        sealCgroups: sealCgroups(given),
        ...gateParts(directory, pidFiles),
        runtimeHooks: runtimeHooks(stateOf(record, spec, 'creating')),
      }),
      spec,
      facts,
    )
    checkNeeds(made, facts)
  } catch (error) {
    cleanUp(states, record, perform)
    throw error
  }
  const executor = withoutMonitor(stage)
  const outcome = await createContainer(
    { states, record, spec },
    { plan: made, executor, perform, fds: [0, 1, 2], ...(onConsole === undefined ? {} : { onConsole }) },
  )
  if (!('kind' in outcome)) return
  const { lostError, stepError } = await import('#core/exec/start-error')
  if (outcome.kind === 'failed') throw stepError(made, outcome)
  if (outcome.kind === 'lost') throw lostError(made, outcome)
}
