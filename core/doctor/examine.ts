/** The examination: all questions, each when its time has come, and what they left behind taken away. */

import * as os from 'node:os'
import { buildNative } from '#core/exec/build-native'
import type { Executor } from '#core/exec/executor'
import { findStage, nativeExecutor } from '#core/exec/native'
import { call } from '#core/sys/libc'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { chroot, kernel, koffi, rootfs, seccomp, stage } from './basics.js'
import { controllers, ownCgroup } from './cgroup.js'
import { answered, blockedBy, type Check, type Finding, type Machine, missing, type Probe } from './check.js'
import { namespaces } from './namespaces.js'
import { hostNetwork, ip, nft } from './network.js'
import { overlay, overlayInUserNamespace } from './overlay.js'
import { devices, pivotRoot, proc, terminal } from './root.js'
import { Scratch } from './scratch.js'
import { idmappedMounts, idRanges, procInUserNamespace, userNamespaces } from './user-namespace.js'
import { userNetwork } from './user-network.js'

/** A question comes after those that its `after` names. What only root, or only others, could use is not asked. */
export const probesFor = (root: boolean): Probe[] => [
  kernel,
  koffi,
  stage(root),
  rootfs,
  chroot,
  userNamespaces(root),
  procInUserNamespace(root),
  idRanges(root),
  idmappedMounts,
  ...namespaces(root),
  pivotRoot(root),
  ...(root ? [proc, devices] : []),
  terminal,
  controllers,
  ownCgroup,
  ...(root ? [overlay] : []),
  overlayInUserNamespace(root),
  ...(root ? [ip, nft] : [userNetwork]),
  hostNetwork(root),
  seccomp,
]

export interface Examination {
  readonly user: { readonly uid: number; readonly name: string; readonly root: boolean }
  readonly checks: readonly Check[]
}

/** @param only a chapter: of all that is asked, what concerns it */
export async function examine(only?: string): Promise<Examination> {
  const scratch = new Scratch(directories().data)
  try {
    const uid = process.geteuid?.() ?? -1
    const root = uid === 0
    const machine: Machine = {
      uid,
      gid: process.getegid?.() ?? -1,
      root,
      user: nameOf(uid),
      facts: probeFacts(),
      executor: await executorFor(scratch),
      scratch,
    }
    const checks = await ask(machine, probesFor(root))
    return {
      user: { uid, name: machine.user, root },
      checks: only === undefined ? checks : checks.filter(({ chapters }) => chapters.includes(only)),
    }
  } finally {
    scratch.remove()
  }
}

/** libuv has four threads, and a trial waits on one of them. */
const AT_A_TIME = 3

/** A few at a time, each after those that it waits for; told in the order of the list. */
export async function ask(machine: Machine, probes: readonly Probe[]): Promise<Check[]> {
  const checks = new Map<string, Check>()
  for (;;) {
    const open = probes.filter(({ id }) => !checks.has(id))
    if (open.length === 0) return probes.map(({ id }) => checks.get(id)!)
    const ready = open.filter(({ after }) => after.every(id => checks.has(id))).slice(0, AT_A_TIME)
    for (const check of await Promise.all(ready.map(probe => askOne(machine, probe, checks))))
      checks.set(check.id, check)
  }
}

async function askOne(machine: Machine, probe: Probe, checks: ReadonlyMap<string, Check>): Promise<Check> {
  const obstacle = probe.after.map(id => checks.get(id)!).find(({ status }) => status === 'missing')
  return obstacle === undefined ? answered(probe, await lookSafely(machine, probe)) : blockedBy(probe, obstacle)
}

/** An examination tells what it finds: one question that fails in a way nobody foresaw does not silence the others. */
async function lookSafely(machine: Machine, probe: Probe): Promise<Finding> {
  try {
    return await probe.look(machine)
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error))
  }
}

/**
 * The stage that a run would take; where it is not built, one built for the occasion (a run would build and keep it),
 * and where that cannot be, Node by koffi.
 */
export async function executorFor(scratch: Scratch): Promise<Executor | null> {
  if (process.platform !== 'linux') return null
  try {
    call('int getpid()')
    const built = findStage() ?? buildInto(scratch.directory('native'))
    return built !== null ? nativeExecutor(built) : (await import('#core/exec/koffi')).koffiExecutor()
  } catch {
    return null // without koffi there is no channel to anybody: the check of that name says so
  }
}

const buildInto = (directory: string): string | null =>
  buildNative(directory, ['mini-docker-stage'])?.done === true ? `${directory}/mini-docker-stage` : null

function nameOf(uid: number): string {
  try {
    return os.userInfo().username
  } catch {
    return String(uid) // an id without a line in /etc/passwd
  }
}
