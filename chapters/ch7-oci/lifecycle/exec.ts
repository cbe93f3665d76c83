/** `exec`: one more process in a container that runs, with rights and limits as its own has them. */

import * as fs from 'node:fs'
import { type Parts, passesOf } from '#core/chapter'
import { errnoOf, fail } from '#core/errors'
import { writeAtomically } from '#core/exec/files'
import { host } from '#core/exec/host'
import { stageOrFail, withoutMonitor } from '#core/exec/native'
import { startProcess } from '#core/exec/process'
import type { ContainerRecord } from '#core/exec/state'
import { assemble } from '#core/plan/assemble'
import { parseProcess } from '#core/spec/parse'
import type { Process, Spec } from '#core/spec/runtime'
import { probeFacts } from '#core/sys/probe'
import { joining } from '../../ch2-namespaces/index.js'
import { extension } from '../../ch3-cgroups/index.js'
import { withAffinity } from '../process/affinity.js'
import { attributes, sessionKeyring } from '../process/attributes.js'
import { boundingSet, capabilities } from '../process/capabilities.js'
import { checkCwd } from '../process/check-cwd.js'
import { noNewPrivileges } from '../process/no-new-privileges.js'
import { closingBehind, preserveFds } from '../process/preserve-fds.js'
import { filterLast, filterWithListener, filterWithRights } from '../seccomp/set-filter.js'
import { restored } from '../seccomp/stored.js'
import { callersFds } from './callers-fds.js'
import { consoleTo } from './console-socket.js'
import type { Containers } from './containers.js'
import { granted } from './granted.js'
import { inForeground } from './in-foreground.js'
import { listenerTo } from './listener-socket.js'
import { warnOfIgnored } from './refusals.js'
import { stateOf } from './state.js'
import { joinBelow } from './sub-cgroup.js'

export interface ExecWish {
  readonly id: string
  readonly process: Process
  readonly detach: boolean
  readonly pidFile: string | null
  readonly consoleSocket: string | null
  /** How many fds of the caller, from 3 on, the program gets. */
  readonly preserveFds: number
  /** The words of --cgroup. */
  readonly cgroups: readonly string[]
  /** In a paused container, too: it is frozen with the others, and runs when they do. */
  readonly ignorePaused: boolean
}

/** The container, when one more process may be in it. @throws MiniDockerError NotFound, FailedPrecondition */
export function execable(containers: Containers, id: string, ignorePaused: boolean): ContainerRecord {
  const record = containers.get(id)
  return ignorePaused && containers.stateOf(record) === 'paused' ? record : containers.expect(id, 'exec').record
}

/** A file with a `process` of config.json. @throws MiniDockerError */
export function readProcess(file: string): Process {
  try {
    return parseProcess(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch (cause) {
    if (errnoOf(cause) === undefined && !(cause instanceof SyntaxError)) throw cause
    return fail('InvalidArgument', {
      what: `process '${file}'`,
      why: errnoOf(cause) ?? (cause as Error).message,
      cause,
    })
  }
}

/** @returns its exit code; 0 at once for one that is detached */
export async function exec(containers: Containers, wish: ExecWish): Promise<number> {
  if (!wish.detach) return inForeground(onConsole => begin(containers, wish, onConsole))
  await begin(containers, wish)
  return 0
}

/** @param ownConsole takes its terminal where no socket does @returns its pid */
async function begin(containers: Containers, wish: ExecWish, ownConsole?: (master: number) => void): Promise<number> {
  const record = execable(containers, wish.id, wish.ignorePaused)
  warnOfIgnored({ process: wish.process }, containers.warn)
  const { hold, inspect, joinParts } = await joining()
  const init = record.init!
  const preserved = callersFds(wish.preserveFds)
  const target = hold(init, wish.id)
  const facts = probeFacts()
  ;(await extension()).begin?.(facts)
  const spec: Spec = {
    ociVersion: record.spec!.ociVersion,
    root: { path: `/proc/${init.pid}/root` },
    process: granted(wish.process, record.spec!.linux, containers.warn),
    linux: sharedBy(record.spec!),
  }
  const { exec: last, ...join } = joinParts(inspect(init.pid, wish.id))
  // it outlives who started it: the engine, or the shim, is its parent then
  const startInit = (...all: Parameters<NonNullable<Parts[string]>>) =>
    join.startInit!(...all).filter(step => step.op !== 'die_with_parent' || !wish.detach)
  const passes = passesOf({
    sessionKeyring: sessionKeyring(wish.id, record.newKeyring !== false),
    preserveFds: preserveFds(preserved.length),
    attributes,
    ...closingBehind(preserved.length, { filterWithRights }),
    boundingSet,
    ...withAffinity(wish.process, { joinCgroup: joinBelow(record.spec!, wish.cgroups) }),
    ...join,
    startInit,
    checkCwd,
    noNewPrivileges,
    capabilities,
    ...closingBehind(preserved.length, { filterWithListener, exec: filterLast(last!) }),
  })
  const plan = assemble(passes, spec, facts)
  const onConsole =
    wish.consoleSocket === null && ownConsole !== undefined
      ? ownConsole
      : consoleTo(wish.consoleSocket, wish.process.terminal === true)
  const outcome = await startProcess({
    plan,
    executor: withoutMonitor(stageOrFail()),
    perform: host(containers.root, facts).perform,
    fds: [0, 1, 2],
    preserved,
    target,
    ...(onConsole === undefined ? {} : { onConsole }),
    onListener: listenerTo(spec, stateOf(record, record.spec, 'running')),
  })
  if (typeof outcome !== 'number') {
    const { lostError, stepError } = await import('#core/exec/start-error')
    if (outcome.kind === 'failed') throw stepError(plan, outcome)
    if (outcome.kind === 'lost') throw lostError(plan, outcome)
    return fail('Unavailable', { what: `process of '${wish.id}'`, why: 'has ended before it ran' })
  }
  if (wish.pidFile !== null) writeAtomically(wish.pidFile, String(outcome), 0o644)
  return outcome
}

/** What the container may not call this may not, either; and it is on the same Linux, on the same memory. */
function sharedBy({ linux }: Spec): NonNullable<Spec['linux']> {
  const { seccomp, personality, memoryPolicy } = linux ?? {}
  return {
    ...(seccomp === undefined ? {} : { seccomp: restored(seccomp) }),
    ...(personality === undefined ? {} : { personality }),
    ...(memoryPolicy === undefined ? {} : { memoryPolicy }),
  }
}
