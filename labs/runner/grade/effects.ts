/** The third rung: what the kernel shows, in a room of its own. What cannot be looked at here is said to be so. */

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findStage } from '#core/exec/native'
import { canMakeIn, probeFacts, which } from '#core/sys/probe'
import type { Lab } from '#labs/index'
import { repository } from '#labs/runner/places'
import type { Grader } from './grader.js'
import { effectChecks, notRun, resultOf } from './judge.js'
import type { CheckResult } from './results.js'

const at = (name: string): string => fileURLToPath(new URL(`../room/${name}.js`, import.meta.url))
const SECONDS = 60

/** What every effect needs; whatever has no row here is a program, looked for in PATH. */
const needs: Readonly<Record<string, () => boolean>> = {
  Linux: () => process.platform === 'linux',
  'the native stage': () => findStage() !== null,
  'the probe inside': () => fs.existsSync(`${repository}dist/native/inside`),
  'user namespaces': () => fs.existsSync('/proc/self/ns/user'),
  root: () => process.geteuid?.() === 0,
  cgroups: () => hasControllers(1) || hasControllers(2),
  'cgroup v1': () => hasControllers(1),
  'cgroup v2': () => hasControllers(2),
}
/** Whether cgroups of that version can be made here, and limit what the labs limit. */
function hasControllers(version: 1 | 2): boolean {
  const all = probeFacts().hierarchies.filter(one => one.version === version)
  return ['cpu', 'memory', 'pids'].every(name => all.some(one => one.controllers.includes(name) && canMakeIn(one.home)))
}
export const wantsCgroups = (needs: readonly string[]): boolean => needs.some(need => need.startsWith('cgroup'))
const isThere = (need: string): boolean => (needs[need] ?? (() => which(need) !== null))()
/** What this machine lacks for a look at effects, beside `own` needs. */
export const missingFor = (own: readonly string[]): string[] =>
  ['Linux', 'the native stage', 'the probe inside', ...own].filter(need => !isThere(need))

/** @param attempts the directory of the compiled attempt */
export async function judgeEffects(lab: Lab, grader: Grader, attempts: string): Promise<CheckResult[]> {
  const lacking = new Map(effectChecks(grader).map(check => [check.id, missingFor(check.needs)]))
  const skipped = [...lacking].flatMap(([id, what]) => (what.length > 0 ? [id] : []))
  const cgroups = effectChecks(grader).some(({ id, needs: own }) => wantsCgroups(own) && !skipped.includes(id))
  const judged =
    skipped.length === lacking.size ? null : await runRoom('in-room', [lab.id, attempts], { skipped, cgroups })
  return effectChecks(grader).map(check => {
    const lacks = lacking.get(check.id)!
    if (lacks.length > 0) return notRun(lab, check, `this machine lacks ${lacks.join(', ')}`)
    const found = judged!.results.find(({ id }) => id === check.id)
    if (found !== undefined) return found
    return judged!.started
      ? resultOf(lab, check, { expected: 'the container comes to an end, and its host lives on', found: judged!.ended })
      : notRun(lab, check, `no room could be made for it: ${judged!.ended}`)
  })
}

interface Judged {
  readonly results: readonly CheckResult[]
  readonly ended: string
  /** Whether anything was heard from inside. */
  readonly started: boolean
}

interface RoomWanted {
  readonly skipped?: readonly string[]
  readonly cgroups?: boolean
}

/** @param program a file of this folder, which prints a line of JSON for each check */
export function runRoom(
  program: string,
  args: readonly string[],
  { skipped = [], cgroups = false }: RoomWanted = {},
): Promise<Judged> {
  const child = spawn(process.execPath, [at('enter-room'), ...(cgroups ? ['--cgroups'] : []), at(program), ...args], {
    env: { ...process.env, MINI_DOCKER_LAB_SKIP: skipped.join(',') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', text => (out += text))
  child.stderr.setEncoding('utf8').on('data', text => (err += text))
  // the room's monitor dies with the process that made it, and the room with its monitor
  const limit = setTimeout(() => child.kill('SIGKILL'), SECONDS * 1000)
  return new Promise(resolve => {
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      const results = out.split('\n').slice(0, -1).flatMap(parse)
      const how = signal === null ? `exit ${code}` : `no end within ${SECONDS} s`
      resolve({ results, ended: `${how}: ${err.trim().split('\n').at(-1) ?? ''}`, started: out !== '' })
    })
  })
}

function parse(line: string): CheckResult[] {
  try {
    return [JSON.parse(line) as CheckResult]
  } catch {
    return []
  }
}
