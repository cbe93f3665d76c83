/** CRIU at a restore: it is started by the plan, asked once, and calls back for what is not in its images. */

import * as fs from 'node:fs'
import { fail } from '#core/errors'
import { hostFailure, type PerformHostStep, type Processes } from '#core/exec/driver'
import { withoutMonitor } from '#core/exec/native'
import { startProcess } from '#core/exec/process'
import { lostError, stepError } from '#core/exec/start-error'
import type { HostStep } from '#core/plan/step'
import type { Spec } from '#core/spec/runtime'
import { reap } from '#core/sys/spawn'
import { criuFailed } from './criu-log.js'
import { type Bind, inheritedNamespaces } from './external.js'
import { logIn, type Paths, withOpen } from './images.js'
import { encodeRequest, type Told } from './messages.js'
import { type CriuWish, restoreOptions } from './requests.js'
import type { RestorePlan } from './restore-plan.js'
import { criuSocket, SOCKET_FD, talk } from './talk.js'

interface Revival {
  readonly id: string
  readonly plan: RestorePlan
  readonly spec: Spec
  readonly binds: readonly Bind[]
  readonly stage: string
  readonly perform: PerformHostStep
  readonly descriptors: readonly string[]
  readonly wish: CriuWish & { readonly paths: Paths }
  readonly onConsole: ((master: number) => void) | undefined
  /** Is told init's pid while none of the container's processes runs yet. */
  readonly onInit: (pid: number) => void
}

const logName = 'restore.log'

/** @returns init's pid @throws MiniDockerError: what there is of the container is for the caller to end */
export async function revive(revival: Revival): Promise<number> {
  const { id, plan, spec, binds, perform, descriptors, wish, onConsole, onInit } = revival
  const listen = async ({ script, pid }: Told, fd: number | null): Promise<void> => {
    if (script === 'setup-namespaces') await performAll(plan.wire, perform, { init: pid })
    if (script === 'post-restore') onInit(pid)
    if (fd === null) return
    if (script === 'orphan-pts-master' && onConsole !== undefined) onConsole(fd)
    else fs.closeSync(fd)
  }
  const [socket, criu] = await start(revival)
  let told: Told | null
  try {
    told = await withOpen(wish.paths, criu, open => {
      const cgroups = fs.readFileSync(`/proc/${criu}/cgroup`, 'utf8')
      const restoring = { spec, binds, descriptors, firstNamespace: SOCKET_FD + 1, cgroups }
      return talk(socket, encodeRequest('restore', restoreOptions(wish, restoring, open, logName)), listen)
    })
  } finally {
    fs.closeSync(socket) // whatever it still had to say: now it ends
    await reap(criu)
  }
  if (told?.success !== true) return criuFailed('restore', id, logIn(wish.paths, logName), told?.message ?? '')
  await performAll(plan.ready, perform, { init: told.pid })
  return told.pid
}

/** @returns our end of its socket, and its pid */
async function start({ id, plan, spec, stage, perform }: Revival): Promise<[socket: number, criu: number]> {
  const [socket, ...theirs] = criuSocket()
  try {
    for (const { path } of inheritedNamespaces(spec)) theirs.push(fs.openSync(path, 'r'))
    const executor = withoutMonitor(stage)
    const criu = await startProcess({ plan: plan.start, executor, perform, fds: [0, 1, 2], preserved: theirs })
    if (typeof criu === 'number') return [socket, criu]
    if (criu.kind === 'failed') throw stepError(plan.start, criu)
    if (criu.kind === 'lost') throw lostError(plan.start, criu)
    return fail('Unavailable', { what: `criu restore of '${id}'`, why: 'has ended before it was asked' })
  } catch (error) {
    fs.closeSync(socket)
    throw error
  } finally {
    for (const fd of theirs) fs.closeSync(fd)
  }
}

/** Steps of the plan that come after its start. */
async function performAll(steps: readonly HostStep[], perform: PerformHostStep, processes: Processes): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await perform(step, processes)
    } catch (error) {
      throw stepError({ steps }, hostFailure(index, error))
    }
  }
}
