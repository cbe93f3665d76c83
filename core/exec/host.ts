/**
 * The host lane: performs the host steps of plans and of undo lists. Undo steps are idempotent: what is gone already is as
 * good as removed.
 */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { fail } from '#core/errors'
import type { HostOp, ProcessRole, Step } from '#core/plan/step'
import type { Facts, ToolName } from '#core/sys/facts'
import { which } from '#core/sys/probe'
import type { PerformHostStep, Processes } from './driver.js'
import { writeAtomically } from './files.js'
import { idmappedTree } from './idmap.js'
import { Shared } from './shared.js'

type Performers = { readonly [O in HostOp]: (step: Step<O>, processes: Processes) => number | undefined | void }

export interface Host {
  readonly perform: PerformHostStep
  readonly shared: Shared
}

/** @param run the run directory; @param facts where the tools are */
export function host(run: string, facts: Pick<Facts, 'tools'>): Host {
  const tool = (name: ToolName): string => {
    const path = facts.tools[name] ?? which(name)
    if (path !== null) return path
    return fail('FailedPrecondition', { what: `program '${name}'`, why: 'is not on this machine', hint: 'mini-docker doctor' })
  }
  const shared: Shared = new Shared(run, step => perform(step, {}))
  const performers: Performers = {
    write_file: step => writeAtomically(step.path, step.data, step.mode),
    remove_file: step => fs.rmSync(step.path, { force: true }),
    set: step => fs.writeFileSync(step.path, step.data),
    hold: step => {
      if (shared.holds(step.resource, step.user)) return
      fail('FailedPrecondition', { what: `${step.resource} for '${step.user}'`, why: 'was not reserved before planning' })
    },
    release: step => shared.release(step.resource, step.user),
    write_proc: (step, processes) => fs.writeFileSync(`/proc/${pidOf(step.of, processes)}/${step.file}`, step.data),
    newidmap: (step, processes) => {
      runTool(step.tool, [String(pidOf(step.of, processes)), ...step.ranges.flat().map(String)])
    },
    idmap_tree: (step, processes) => idmappedTree(step.path, `/proc/${pidOf(step.of, processes)}/ns/user`),
    ip_batch: (step, processes) => {
      const inside =
        step.netns === undefined ? [] : [tool('nsenter'), `--net=/proc/${pidOf(step.netns.of, processes)}/ns/net`]
      const [program, ...args] = [...inside, tool('ip'), '-batch', '-']
      runTool(program!, args, `${step.lines.join('\n')}\n`)
    },
    nft: step => {
      runTool(tool('nft'), ['-f', '-'], step.script)
    },
    spawn_helper: (step, processes) => {
      const [program, ...args] = step.argv.map(word => (typeof word === 'string' ? word : String(pidOf(word.of, processes))))
      runTool(program!, args)
    },
    end_helper: step => endHelper(step.pidFile),
  }
  const perform: PerformHostStep = (step, processes) =>
    (performers[step.op] as (step: Step<HostOp>, processes: Processes) => number | undefined)(step, processes) ?? undefined
  return { perform, shared }
}

function pidOf(role: ProcessRole, processes: Processes): number {
  const pid = processes[role]
  if (pid !== undefined) return pid
  return fail('FailedPrecondition', { what: role, why: 'does not exist yet' })
}

/** Runs a program to its end; what it wrote to stderr is the error's text. */
function runTool(program: string, args: readonly string[], input = ''): void {
  try {
    execFileSync(program, args, { input, stdio: ['pipe', 'ignore', 'pipe'] })
  } catch (cause) {
    const { stderr, code } = cause as { stderr?: Buffer; code?: string }
    const said = stderr?.toString().trim().split('\n')[0] || (cause as Error).message
    throw Object.assign(new Error(`${program.split('/').at(-1)}: ${said}`, { cause }), { code: code ?? 'EIO' })
  }
}

function endHelper(pidFile: string): void {
  try {
    process.kill(Number(fs.readFileSync(pidFile, 'utf8')), 'SIGTERM')
  } catch {
    // it ended with its network namespace, or was never started
  }
  fs.rmSync(pidFile, { force: true })
}
