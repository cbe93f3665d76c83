/**
 * The koffi executor: the same program, performed by throwaway Node processes that call libc by FFI. It needs no C
 * compiler, and it is C's native/ to be read in TypeScript.
 *
 *   CLI ──▶ monitor (outside, waits) ──▶ stage (to fork, then exits) ──▶ init (the rest, execve)
 *
 * What it costs: three starts of Node, 40 MB beside the container, and what only a process without threads may do.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { fail } from '#core/errors'
import type { Lowered } from '#core/plan/lower'
import { needsSingleThread } from '#core/plan/ops'
import { spawn } from '#core/sys/spawn'
import type { Executor } from './executor.js'
import { throughChild } from './through-child.js'

/** The stage's script: beside this file in the unbundled build, beside the bundle otherwise. */
const stageScripts: readonly string[] = ['./koffi-stage.js', './koffi-stage.cjs'].map(place =>
  path.join(import.meta.dirname, place),
)

export interface KoffiExecutor extends Executor {
  readonly name: 'koffi'
  /** Call it before anything is performed: see `refuseForKoffi`. */
  refuse(lowered: Lowered): void
}

export function koffiExecutor(): KoffiExecutor {
  return {
    name: 'koffi',
    refuse: refuseForKoffi,
    open({ fds, alone }) {
      const script = findScript()
      // No environment: NODE_OPTIONS would run in there, NODE_EXTRA_CA_CERTS costs more than the whole start.
      const argv = ['mini-docker:monitor', script, 'monitor']
      return throughChild(farEnd => spawn(process.execPath, argv, [], [...fds, farEnd]), alone)
    },
  }
}

/**
 * Refuses by name what a Node process cannot do. Sources: unshare(2), setns(2), EINVAL for a process with threads; fork(2)
 * of such a process leaves V8 without its heap.
 * @throws MiniDockerError (Unsupported)
 */
export function refuseForKoffi(lowered: Lowered): void {
  for (const { step } of lowered.program) {
    const refused = needsSingleThread(step)
    if (refused !== undefined) {
      const [what, why] = refused
      fail('Unsupported', {
        what: `the koffi executor cannot ${what}`,
        why,
        hint: 'build the native stage: npm run build',
      })
    }
  }
}

function findScript(): string {
  const script = stageScripts.find(path => fs.existsSync(path))
  return (
    script ?? fail('Unavailable', { what: 'the koffi executor', why: 'its script is missing', hint: 'npm run build' })
  )
}
