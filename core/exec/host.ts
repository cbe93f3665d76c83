/**
 * The host lane: performs the host steps of plans and of undo lists. Undo steps are idempotent: what is gone already is as
 * good as removed.
 */

import * as fs from 'node:fs'
import { errnoOf, fail } from '#core/errors'
import type { HostOp, Line, ProcessRole, Step } from '#core/plan/step'
import { bitmapOf, numbersOf } from '#core/spec/numbers'
import type { ErrnoName } from '#core/sys/constants'
import type { Facts, ToolName } from '#core/sys/facts'
import { call } from '#core/sys/libc'
import { which } from '#core/sys/probe'
import { disableControllers, enableControllers, moveProcesses, removeCgroup, writeCgroup } from './cgroup.js'
import { attachDeviceFilter } from './device-filter.js'
import type { PerformHostStep, Processes } from './driver.js'
import { writeAtomically } from './files.js'
import { endHelper, startHelper } from './helper.js'
import { runHook } from './hook.js'
import { runHookInside } from './hook-inside.js'
import { idmappedTree } from './idmap.js'
import { idmappedMount } from './idmap-mount.js'
import { overlayTree } from './overlay-tree.js'
import { mountRootfs, unmountRootfs } from './rootfs-mount.js'
import { Shared } from './shared.js'
import { removeEmpty } from './shared-cgroup.js'

type Performers = { readonly [O in HostOp]: (step: Step<O>, processes: Processes) => unknown }

export interface Host {
  readonly perform: PerformHostStep
  readonly shared: Shared
}

/** @param run the run directory; @param facts where the tools are */
export function host(run: string, facts: Pick<Facts, 'tools'>): Host {
  const tool = (name: ToolName): string => {
    const path = facts.tools[name] ?? which(name)
    if (path !== null) return path
    return fail('FailedPrecondition', {
      what: `program '${name}'`,
      why: 'is not on this machine',
      hint: 'mini-docker doctor',
    })
  }
  /** The words that put a program into the network namespace of a process. */
  const insideOf = (netns: { of: ProcessRole } | undefined, processes: Processes): string[] =>
    netns === undefined ? [] : [tool('nsenter'), `--net=/proc/${pidOf(netns.of, processes)}/ns/net`]
  const shared: Shared = new Shared(run, step => perform(step, {}))
  const performers: Performers = {
    write_file: step => writeAtomically(step.path, step.data, step.mode),
    remove_file: step => fs.rmSync(step.path, { force: true }),
    make_fifo: step => {
      call('int mkfifo(const char *path, unsigned int mode)', step.path, step.mode)
      fs.chmodSync(step.path, step.mode) // whatever the umask
    },
    hook: (step, { init, stage }) => {
      const state = { ...step.state, pid: init ?? stage ?? 0 }
      return step.inside === undefined ? runHook(step, state) : runHookInside(step, step.inside, init!, state)
    },
    write_pid: (step, processes) => writeAtomically(step.path, String(pidOf(step.of, processes)), 0o644),
    set: step => fs.writeFileSync(step.path, step.data),
    hold: step => {
      if (shared.holds(step.resource, step.user)) return
      fail('FailedPrecondition', {
        what: `${step.resource} for '${step.user}'`,
        why: 'was not reserved before planning',
      })
    },
    release: step => shared.release(step.resource, step.user),
    write_proc: (step, processes) => fs.writeFileSync(`/proc/${pidOf(step.of, processes)}/${step.file}`, step.data),
    newidmap: (step, processes) => {
      runTool(step.tool, [String(pidOf(step.of, processes)), ...step.ranges.flat().map(String)])
    },
    mount_rootfs: step => mountRootfs(step.path),
    unmount_rootfs: step => unmountRootfs(step.path),
    idmap_tree: (step, processes) => idmappedTree(step.path, `/proc/${pidOf(step.of, processes)}/ns/user`),
    idmap_mount: (step, processes) => idmappedMount(step, pidOf(step.of, processes)),
    overlay_tree: (step, processes) => overlayTree(step, pidOf(step.of, processes)),
    ip_batch: (step, processes) => {
      const [program, ...args] = [...insideOf(step.netns, processes), tool('ip'), '-batch', '-']
      runTool(program!, args, step.lines.map(line => `${wordsOf(line, processes).join(' ')}\n`).join(''))
    },
    move_link: ({ name, as, to }, processes) => {
      const words = ['link', 'set', 'dev', name, 'netns', String(pidOf(to, processes)), 'name', as]
      runTool(tool('ip'), words)
    },
    make_cgroup: step => fs.mkdirSync(step.path),
    remove_cgroup: step => (step.kill ? removeCgroup(step.path) : removeEmpty(step.path)),
    write_cgroup: step => writeCgroup(step.path, step.data),
    join_cgroup: (step, processes) => writeCgroup(`${step.path}/cgroup.procs`, String(pidOf(step.of, processes))),
    sched_setaffinity: (step, processes) => setAffinity(pidOf(step.of, processes), numbersOf(step.cpus)!),
    enable_controllers: step => enableControllers(step.path, step.controllers),
    disable_controllers: step => disableControllers(step.path, step.controllers, step.alone),
    move_processes: step => moveProcesses(step.from, step.to),
    device_filter: step => attachDeviceFilter(step.path, step.program),
    tc_batch: (step, processes) => {
      const [program, ...args] = [...insideOf(step.netns, processes), tool('tc'), '-batch', '-']
      runTool(program!, args, `${step.lines.join('\n')}\n`)
    },
    nft: step => {
      runTool(tool('nft'), ['-f', '-'], step.script)
    },
    spawn_helper: (step, processes) => {
      startHelper(wordsOf(step.argv, processes), { ...step.ready, of: pidOf(step.ready.of, processes) }, step.pidFile)
    },
    end_helper: step => endHelper(step.pidFile),
  }
  const perform: PerformHostStep = (step, processes) => {
    const performer = performers[step.op] as (
      step: Step<HostOp>,
      processes: Processes,
    ) => number | undefined | Promise<number | undefined>
    const tolerated = (error: unknown): undefined => {
      if (step.tolerate?.includes(errnoOf(error) as ErrnoName) === true) return undefined
      throw error
    }
    try {
      const result = performer(step, processes) ?? undefined
      return result instanceof Promise ? result.catch(tolerated) : result
    } catch (error) {
      return tolerated(error)
    }
  }
  return { perform, shared }
}

/** sched_setaffinity(2). What it starts from now on is there, too. */
function setAffinity(pid: number, cpus: readonly number[]): void {
  const mask = bitmapOf(cpus)
  call('int sched_setaffinity(int pid, size_t size, const void *mask)', pid, mask.byteLength, mask)
}

function pidOf(role: ProcessRole, processes: Processes): number {
  const pid = processes[role]
  if (pid !== undefined) return pid
  return fail('FailedPrecondition', { what: role, why: 'does not exist yet' })
}

const wordsOf = (line: Line, processes: Processes): string[] =>
  typeof line === 'string'
    ? [line]
    : line.map(word => (typeof word === 'string' ? word : String(pidOf(word.of, processes))))

/** Runs a program to its end; what it wrote to stderr is the error's text. */
function runTool(program: string, args: readonly string[], input = ''): void {
  const { execFileSync } = process.getBuiltinModule('node:child_process') // 3 ms that most runs do not need
  try {
    execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'pipe'] })
  } catch (cause) {
    const { stderr, code } = cause as { stderr?: Buffer; code?: string }
    const name = program.split('/').at(-1)
    const line = stderr?.toString().trim().split('\n')[0] || (cause as Error).message
    const said = line.replace(new RegExp(`^${name}: `), '') // most name themselves
    throw Object.assign(new Error(`${name}: ${said}`, { cause }), {
      code: code ?? errnoSaid(said),
    })
  }
}

/** Tools say the errno in strerror(3)'s words, or in their own; only steps that tolerate one need it told apart. */
const sayings: readonly (readonly [RegExp, ErrnoName])[] = [
  [/No such device|Cannot find device/, 'ENODEV'],
  [/File exists/, 'EEXIST'],
  [/Operation not permitted/, 'EPERM'],
  [/Operation not supported/, 'EOPNOTSUPP'],
]
const errnoSaid = (text: string): ErrnoName => sayings.find(([pattern]) => pattern.test(text))?.[1] ?? 'EIO'
