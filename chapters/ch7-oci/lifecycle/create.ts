/** `create`: from a bundle to a container whose init waits at the gate. */

import * as fs from 'node:fs'
import { type Parts, passesOf } from '#core/chapter'
import { fail, MiniDockerError } from '#core/errors'
import { createContainer } from '#core/exec/create'
import { type Host, host } from '#core/exec/host'
import { stageOrFail, withoutMonitor } from '#core/exec/native'
import { cleanUp } from '#core/exec/replay'
import type { ContainerRecord, States } from '#core/exec/state'
import { assemble } from '#core/plan/assemble'
import { checkNeeds } from '#core/plan/needs'
import type { Spec } from '#core/spec/runtime'
import { type Facts, factsBut } from '#core/sys/facts'
import { probeFacts } from '#core/sys/probe'
import { mountSources } from '../../ch2-namespaces/index.js'
import { extension } from '../../ch3-cgroups/index.js'
import { sealCgroups, withCgroupMounts } from '../filesystem/cgroup-mounts.js'
import { moving } from '../filesystem/no-pivot.js'
import { withUsualDevices } from '../filesystem/usual-devices.js'
import { containerHooks } from '../hooks/inside.js'
import { partsInUse, runtimeHooks } from '../parts-in-use.js'
import { sessionKeyring } from '../process/attributes.js'
import { activated, closingBehind, preserveFds } from '../process/preserve-fds.js'
import { storable } from '../seccomp/stored.js'
import { readBundle } from './bundle.js'
import { callersFds, listenFds, standardStreams } from './callers-fds.js'
import { consoleTo } from './console-socket.js'
import type { Containers } from './containers.js'
import { gateParts } from './exec-fifo.js'
import { granted } from './granted.js'
import { listenerTo } from './listener-socket.js'
import { oneAtATime } from './one-at-a-time.js'
import { refuseImpossible, warnOfIgnored } from './refusals.js'
import { stateOf, toldToHooks } from './state.js'
import { movedDevices } from './surroundings.js'
import { warnOfRest } from './warnings.js'

export interface CreateWish {
  readonly id: string
  readonly bundle: string
  readonly pidFile: string | null
  readonly consoleSocket: string | null
  /** How many fds of the caller, from 3 on, the program gets: beside those of an activator. */
  readonly preserveFds: number
  /** A session keyring of its own. */
  readonly newKeyring: boolean
  /** The root is moved on top of the host's: --no-pivot. */
  readonly noPivot: boolean
  /** Takes its terminal where no socket does: it is shown in ours, and has its size. */
  readonly onConsole?: (master: number) => void
}

export async function create(containers: Containers, wish: CreateWish): Promise<ContainerRecord> {
  const { id, bundle, consoleSocket, preserveFds: asked, onConsole: ownConsole } = wish
  const stage = stageOrFail()
  const sockets = listenFds()
  const preserved = callersFds(sockets + asked)
  const machine = probeFacts()
  const given = inCgroup(granting(readBundle(bundle), containers, sockets), id)
  refuseImpossible(given)
  warnOfIgnored(given, containers.warn)
  const limits = await extension()
  limits.begin?.(machine)
  const spec = sized(withUsualDevices(withCgroupMounts(given, machine)), ownConsole !== undefined)
  const facts = factsBut(machine, { files: (await mountSources()).filesAmong(spec.mounts ?? []) })
  const devices = movedDevices(given, machine)
  const { states } = containers
  const onConsole = ownConsole ?? consoleTo(consoleSocket, spec.process.terminal === true)
  const { perform, shared } = host(containers.root, facts)
  const record = claim(states, {
    id,
    chapter: 'ch7',
    spec: null,
    undo: limits.reservations?.(spec, id) ?? [],
    bundle,
    newKeyring: wish.newKeyring,
    descriptors: standardStreams(spec),
  })
  const claimed = { containers, record, given, spec, facts, limits, devices, perform, shared, stage, preserved }
  return oneAtATime(states.directoryOf(id), 'create', () => {
    // between the claim and the lock there was a moment for `delete --force`
    const isOurs = states.read(id)?.created === record.created
    if (!isOurs) fail('NotFound', { what: `container '${id}'`, why: 'was deleted while it was created' })
    return createClaimed(claimed, wish, onConsole)
  })
}

interface Claimed extends Host {
  readonly containers: Containers
  readonly record: ContainerRecord
  /** As the bundle has it. */
  readonly given: Spec
  readonly spec: Spec
  readonly facts: Facts
  readonly limits: Awaited<ReturnType<typeof extension>>
  readonly devices: Parts
  readonly stage: string
  /** Fds of the caller, for the program. */
  readonly preserved: readonly number[]
}

async function createClaimed(
  { containers, record, given, spec, facts, limits, devices, perform, shared, stage, preserved }: Claimed,
  { id, pidFile, newKeyring, noPivot }: CreateWish,
  onConsole: ((master: number) => void) | undefined,
): Promise<ContainerRecord> {
  const { states } = containers
  const directory = states.directoryOf(id)
  const pidFiles = [`${directory}/init.pid`, ...(pidFile === null ? [] : [pidFile])]
  let made: ReturnType<typeof assemble>
  try {
    made = assemble(
      passesOf({
        preserveFds: preserveFds(preserved.length),
        sessionKeyring: sessionKeyring(id, newKeyring),
        ...closingBehind(preserved.length, noPivot ? unpivoted(partsInUse()) : partsInUse()),
        sealCgroups: sealCgroups(given),
        ...devices,
        ...gateParts(directory, pidFiles),
        runtimeHooks: runtimeHooks(toldToHooks(record, spec)),
        containerHooks: containerHooks(toldToHooks(record, spec)),
      }),
      spec,
      facts,
    )
    checkNeeds(made, facts)
    limits.reserve?.(spec, facts, shared) // behind the plan: what was begun holds up cgroups that are made
  } catch (error) {
    cleanUp(states, record, perform, warnOfRest(containers))
    throw error
  }
  const onListener = listenerTo(spec, stateOf(record, spec, 'creating'))
  const isAlone = spec.linux?.namespaces?.some(({ type, path }) => type === 'pid' && path === undefined) === true
  const executor = withoutMonitor(stage, !isAlone)
  const gone = async (): Promise<void> =>
    (await import('./remove.js')).poststop(containers, spec, { ...stateOf(record, spec, 'stopped'), pid: 0 })
  let outcome: Awaited<ReturnType<typeof createContainer>>
  try {
    outcome = await createContainer(
      { states, record, spec: storable(spec) },
      {
        plan: made,
        executor,
        perform,
        fds: [0, 1, 2],
        preserved,
        onListener,
        ...(onConsole === undefined ? {} : { onConsole }),
      },
    )
  } catch (error) {
    await gone()
    throw error
  }
  if (!('kind' in outcome)) return outcome
  await gone()
  const { lostError, stepError } = await import('#core/exec/start-error')
  if (outcome.kind === 'failed') throw stepError(made, outcome)
  if (outcome.kind === 'lost') throw lostError(made, outcome)
  return fail('Unavailable', { what: `container '${id}'`, why: 'has ended before it was created' })
}

const unpivoted = (parts: Parts): Parts => ({
  ...parts,
  enterRoot: moving(parts.enterRoot!, fs.readFileSync('/proc/self/mountinfo', 'utf8')),
})

export function claim(states: States, wanted: Parameters<States['create']>[0]): ContainerRecord {
  try {
    return states.create(wanted)
  } catch (cause) {
    if (!(cause instanceof MiniDockerError && cause.class === 'AlreadyExists')) throw cause
    const why = 'already exists' // as runc: engines look for it
    return fail('AlreadyExists', { what: `container '${wanted.id}'`, why, hint: 'mini-runc list', cause })
  }
}

const granting = (spec: Spec, { warn }: Containers, sockets: number): Spec => ({
  ...spec,
  process: activated(granted(spec.process, spec.linux, warn), sockets),
})

/** config-linux.md "Cgroups Path": without one it is for the runtime to choose, and no two may have the same. */
export const inCgroup = (spec: Spec, id: string): Spec =>
  spec.linux?.cgroupsPath === undefined ? { ...spec, linux: { ...spec.linux, cgroupsPath: id } } : spec

/** A terminal that is shown in ours begins with the size of it. */
function sized(spec: Spec, isOurs: boolean): Spec {
  if (!isOurs || spec.process.terminal !== true || spec.process.consoleSize !== undefined) return spec
  const { rows, columns } = process.stdout // not before: Node makes a stream of it
  return rows === undefined
    ? spec
    : { ...spec, process: { ...spec.process, consoleSize: { height: rows, width: columns } } }
}
