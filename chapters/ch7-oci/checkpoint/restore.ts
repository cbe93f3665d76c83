/** `restore`: a container out of the files of a checkpoint, which goes on where it was. Source: runc(8) "runc-restore". */

import * as fs from 'node:fs'
import { host } from '#core/exec/host'
import { stageOrFail } from '#core/exec/native'
import { cleanUp } from '#core/exec/replay'
import type { ContainerRecord } from '#core/exec/state'
import { checkNeeds } from '#core/plan/needs'
import { undo } from '#core/plan/undo'
import type { Spec } from '#core/spec/runtime'
import { factsBut } from '#core/sys/facts'
import { identify } from '#core/sys/identity'
import { probeFacts } from '#core/sys/probe'
import { mountSources } from '../../ch2-namespaces/index.js'
import { extension } from '../../ch3-cgroups/index.js'
import { withCgroupMounts } from '../filesystem/cgroup-mounts.js'
import { withUsualDevices } from '../filesystem/usual-devices.js'
import { readBundle } from '../lifecycle/bundle.js'
import { standardStreams } from '../lifecycle/callers-fds.js'
import { consoleTo } from '../lifecycle/console-socket.js'
import type { Containers } from '../lifecycle/containers.js'
import { claim, inCgroup } from '../lifecycle/create.js'
import { inForeground } from '../lifecycle/in-foreground.js'
import { oneAtATime } from '../lifecycle/one-at-a-time.js'
import { refuseImpossible, warnOfIgnored } from '../lifecycle/refusals.js'
import { poststop, remove } from '../lifecycle/remove.js'
import { toldToHooks } from '../lifecycle/state.js'
import { movedDevices } from '../lifecycle/surroundings.js'
import { warnOfRest } from '../lifecycle/warnings.js'
import { partsInUse, runtimeHooks } from '../parts-in-use.js'
import { storable } from '../seccomp/stored.js'
import { bindsOf, inheritedNamespaces, joinedNamespaces } from './external.js'
import { makeDirectories, type Paths, readDescriptors } from './images.js'
import { type CriuWish, cgroupMode } from './requests.js'
import { pidFilesOf, restorePlan } from './restore-plan.js'
import { revive } from './revive.js'
import { criuArgs, criuOrFail, environment } from './talk.js'

export interface RestoreWish extends CriuWish {
  readonly id: string
  readonly bundle: string
  readonly paths: Paths
  readonly pidFile: string | null
  readonly consoleSocket: string | null
  readonly detach: boolean
}

/** @returns its exit code; 0 at once for one that is detached */
export async function restore(containers: Containers, wish: RestoreWish): Promise<number> {
  if (wish.detach) {
    await begin(containers, wish)
    return 0
  }
  let isMade = false
  try {
    return await inForeground(async onConsole => {
      const pid = await begin(containers, wish, wish.consoleSocket === null ? onConsole : undefined)
      isMade = true
      return pid
    })
  } finally {
    if (isMade) await remove(containers, wish.id, true)
  }
}

/** @returns its pid */
async function begin(containers: Containers, wish: RestoreWish, own?: (master: number) => void): Promise<number> {
  const { id, bundle, paths } = wish
  const { states } = containers
  const stage = stageOrFail()
  const criu = criuOrFail()
  const machine = probeFacts()
  const given = inCgroup(readBundle(bundle), id)
  refuseImpossible(given)
  warnOfIgnored(given, containers.warn)
  cgroupMode(wish.cgroupsMode)
  joinedNamespaces(given)
  const descriptors = readDescriptors(paths.images)
  makeDirectories(paths)
  const limits = await extension()
  const spec = withUsualDevices(withCgroupMounts(given, machine))
  const facts = factsBut(machine, { files: (await mountSources()).filesAmong(spec.mounts ?? []) })
  // one that was there before has them already
  const isNew = !inheritedNamespaces(given).some(({ type }) => type === 'network')
  const devices = isNew ? movedDevices(given, machine) : {}
  const onConsole = own ?? consoleTo(wish.consoleSocket, spec.process.terminal === true)
  const { perform, shared } = host(containers.root, facts)
  const claimed = claim(states, {
    id,
    chapter: 'ch7',
    spec: null,
    undo: limits.reservations?.(spec, id) ?? [],
    bundle,
    descriptors: standardStreams(spec),
  })
  return oneAtATime(states.directoryOf(id), 'restore', async () => {
    let record = claimed
    const state = toldToHooks(record, spec)
    const pidFiles = [`${states.directoryOf(id)}/init.pid`, ...(wish.pidFile === null ? [] : [wish.pidFile])]
    try {
      const parts = { ...partsInUse(), ...devices, runtimeHooks: runtimeHooks(state), pidFilesOf: pidFilesOf(pidFiles) }
      const fds = 1 + inheritedNamespaces(spec).length
      const plan = restorePlan(parts, spec, facts, { path: criu, args: criuArgs, env: environment(), fds })
      checkNeeds(plan.whole, facts)
      limits.reserve?.(spec, facts, shared)
      record = { ...record, spec: storable(spec), undo: undo(plan.whole) }
      states.update(record)
      const onInit = (pid: number): void => {
        record = revived(record, pid)
        states.update(record)
      }
      const binds = bindsOf(partsInUse(), spec, facts)
      const pid = await revive({ id, plan, spec, binds, stage, perform, descriptors, wish, onConsole, onInit })
      warnOfLost(pid, spec, containers.warn)
      return pid
    } catch (error) {
      cleanUp(states, record, perform, warnOfRest(containers))
      poststop(containers, spec, { ...state, status: 'stopped', pid: 0 })
      throw error
    }
  })
}

/** CRIU may have put it into a time namespace, so that its clocks go on: who joins it by `exec` belongs there as well. */
function revived(record: ContainerRecord, pid: number): ContainerRecord {
  const init = identify(pid)
  const spec = record.spec!
  const namespaces = spec.linux?.namespaces ?? []
  const time = (of: string): string => fs.readlinkSync(`/proc/${of}/ns/time`)
  const isNew = fs.existsSync('/proc/self/ns/time') && time(String(pid)) !== time('self')
  const isTold = namespaces.some(({ type }) => type === 'time')
  return {
    ...record,
    status: 'running',
    init,
    owner: init ?? record.owner,
    spec:
      isNew && !isTold ? { ...spec, linux: { ...spec.linux, namespaces: [...namespaces, { type: 'time' }] } } : spec,
  }
}

/** Not in the images of a criu before 3.19. Nobody can set it for another process. */
function warnOfLost(pid: number, spec: Spec, warn: (text: string) => void): void {
  const status = `/proc/${pid}/status`
  if (spec.process.noNewPrivileges !== true || !fs.existsSync(status)) return
  const isSet = /^NoNewPrivs:\t1$/m.test(fs.readFileSync(status, 'utf8'))
  if (!isSet) warn('process.noNewPrivileges: lost, criu keeps it from 3.19 on')
}
