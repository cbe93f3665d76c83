/** `create`: from a bundle to a container whose init waits at the gate. */

import { passesOf } from '#core/chapter'
import { fail, MiniDockerError } from '#core/errors'
import { createContainer } from '#core/exec/create'
import { host } from '#core/exec/host'
import { findStage, withoutMonitor } from '#core/exec/native'
import { cleanUp } from '#core/exec/replay'
import type { ContainerRecord, States } from '#core/exec/state'
import { assemble } from '#core/plan/assemble'
import { checkNeeds } from '#core/plan/needs'
import type { Spec } from '#core/spec/runtime'
import { factsBut } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import { mountSources } from '../../ch2-namespaces/index.js'
import { extension } from '../../ch3-cgroups/index.js'
import { sealCgroups, withCgroupMounts } from '../filesystem/cgroup-mounts.js'
import { withUsualDevices } from '../filesystem/usual-devices.js'
import { containerHooks } from '../hooks/inside.js'
import { partsInUse, runtimeHooks } from '../parts-in-use.js'
import { sessionKeyring } from '../process/attributes.js'
import { readBundle } from './bundle.js'
import { consoleTo } from './console-socket.js'
import type { Containers } from './containers.js'
import { gateParts } from './exec-fifo.js'
import { listenerTo } from './listener-socket.js'
import { stateOf } from './state.js'

export interface CreateWish {
  readonly id: string
  readonly bundle: string
  readonly pidFile: string | null
  readonly consoleSocket: string | null
  /** A session keyring of its own. */
  readonly newKeyring: boolean
  /** Takes its terminal where no socket does: it is shown in ours, and has its size. */
  readonly onConsole?: (master: number) => void
}

export async function create(
  containers: Containers,
  { id, bundle, pidFile, consoleSocket, newKeyring, onConsole: ownConsole }: CreateWish,
): Promise<ContainerRecord> {
  const stage =
    findStage() ?? fail('Unavailable', { what: 'the native stage', why: 'is not built', hint: 'npm run build' })
  const machine = probeFacts()
  const given = inCgroup(readBundle(bundle), id)
  const spec = sized(withUsualDevices(withCgroupMounts(given, machine)), ownConsole !== undefined)
  const facts = factsBut(machine, { files: (await mountSources()).filesAmong(spec.mounts ?? []) })
  const { states } = containers
  const onConsole = ownConsole ?? consoleTo(consoleSocket, spec.process.terminal === true)
  const limits = await extension()
  const { perform, shared } = host(containers.root, facts)
  const record = claim(states, { id, chapter: 'ch7', spec: null, undo: limits.reservations?.(spec, id) ?? [], bundle })
  const directory = states.directoryOf(id)
  const pidFiles = [`${directory}/init.pid`, ...(pidFile === null ? [] : [pidFile])]
  let made: ReturnType<typeof assemble>
  try {
    limits.reserve?.(spec, facts, shared)
    made = assemble(
      passesOf({
        sessionKeyring: sessionKeyring(id, newKeyring),
        ...partsInUse(),
        sealCgroups: sealCgroups(given),
        ...gateParts(directory, pidFiles),
        runtimeHooks: runtimeHooks(stateOf(record, spec, 'creating')),
        containerHooks: containerHooks(stateOf(record, spec, 'creating')),
      }),
      spec,
      facts,
    )
    checkNeeds(made, facts)
  } catch (error) {
    cleanUp(states, record, perform)
    throw error
  }
  const onListener = listenerTo(spec, stateOf(record, spec, 'creating'))
  const isAlone = spec.linux?.namespaces?.some(({ type, path }) => type === 'pid' && path === undefined) === true
  const executor = withoutMonitor(stage, !isAlone)
  const outcome = await createContainer(
    { states, record, spec },
    { plan: made, executor, perform, fds: [0, 1, 2], onListener, ...(onConsole === undefined ? {} : { onConsole }) },
  )
  if (!('kind' in outcome)) return outcome
  const { lostError, stepError } = await import('#core/exec/start-error')
  if (outcome.kind === 'failed') throw stepError(made, outcome)
  if (outcome.kind === 'lost') throw lostError(made, outcome)
  return fail('Unavailable', { what: `container '${id}'`, why: 'has ended before it was created' })
}

function claim(states: States, wanted: Parameters<States['create']>[0]): ContainerRecord {
  try {
    return states.create(wanted)
  } catch (cause) {
    if (!(cause instanceof MiniDockerError && cause.class === 'AlreadyExists')) throw cause
    const why = 'already exists' // as runc: engines look for it
    return fail('AlreadyExists', { what: `container '${wanted.id}'`, why, hint: 'mini-runc list', cause })
  }
}

/** config-linux.md "Cgroups Path": without one it is for the runtime to choose, and no two may have the same. */
const inCgroup = (spec: Spec, id: string): Spec =>
  spec.linux?.cgroupsPath === undefined ? { ...spec, linux: { ...spec.linux, cgroupsPath: id } } : spec

/** A terminal that is shown in ours begins with the size of it. */
function sized(spec: Spec, isOurs: boolean): Spec {
  const { rows, columns } = process.stdout
  if (!isOurs || spec.process.terminal !== true || spec.process.consoleSize !== undefined || rows === undefined)
    return spec
  return { ...spec, process: { ...spec.process, consoleSize: { height: rows, width: columns } } }
}
