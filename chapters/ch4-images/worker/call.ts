/**
 * Calls a worker: starts it, sends it the job, takes its answer. It reads what layers and containers hold, so nothing that
 * it does is trusted to stay inside by good will: it is chrooted before it touches a path.
 */

import * as fs from 'node:fs'
import { Flags } from '#core/cli/flags'
import { executorOf } from '#core/cli/seeing'
import { type ErrorClass, errnoOf, fail, MiniDockerError } from '#core/errors'
import { drive } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { codeOf } from '#core/exec/outcome'
import { lower } from '#core/plan/lower'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { receive, send, socketpair } from '#core/sys/socket'
import type { RootMount } from '../snapshot/snapshotter.js'
import type { JobName, Jobs } from './jobs.js'
import { workerPlan } from './plan.js'

/** The bin, beside the bundle or three up from this file in the unbundled build. */
const programs = ['mini-docker.cjs', '../../../mini-docker.cjs'].map(name => `${import.meta.dirname}/${name}`)

export interface Call<N extends JobName> {
  readonly job: N
  readonly arguments: Jobs[N]['arguments']
  /** The tree that it works on. */
  readonly mount: RootMount
  /** Where that is mounted, in the worker's own mount namespace. */
  readonly at: string
  readonly onProgress?: (bytes: number) => void
}

/** What a worker says, a line of JSON each. */
export type Said =
  | { readonly progress: number }
  | { readonly result: unknown }
  | {
      readonly error: {
        readonly class: ErrorClass
        readonly what: string
        readonly why: string
        readonly hint?: string
      }
    }

/** @throws MiniDockerError what the job throws, or Unavailable when the worker was killed */
export async function callWorker<N extends JobName>(call: Call<N>): Promise<Jobs[N]['result']> {
  const facts = probeFacts()
  const program = programs.find(path => fs.existsSync(path))!
  // no environment but this: what Node would write for a debugger or for coverage would land in the tree
  const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin']
  const plan = workerPlan({ ...call, argv: [process.execPath, program, '--worker'], env }, facts)
  const executor = await executorOf(new Flags())
  const [ours, theirs] = socketpair()
  const performance = executor.open({ fds: [theirs, 2, 2] })
  fs.closeSync(theirs)
  try {
    const answer = listen(ours, call.onProgress)
    send(ours, Buffer.from(`${JSON.stringify({ job: call.job, at: call.at, arguments: call.arguments })}\n`))
    const { perform } = host(directories().run, facts)
    const outcome = await drive(lower(plan), performance.channel, perform, { trace: false })
    if (outcome.kind === 'failed') {
      const { stepError } = await import('#core/exec/start-error')
      throw stepError(plan, outcome)
    }
    const said = await answer
    if (said !== null) return said as Jobs[N]['result']
    return fail('Unavailable', {
      what: `worker of '${call.job}'`,
      why: outcome.kind === 'exited' ? `ended with ${codeOf(outcome.status)} before it was done` : 'was killed',
      hint: 'is there enough memory? nothing was changed: try again',
    })
  } finally {
    fs.closeSync(ours)
    await performance.end()
  }
}

/** @returns the result, null when there was none */
async function listen(socket: number, onProgress: ((bytes: number) => void) | undefined): Promise<unknown> {
  const buffer = Buffer.alloc(1 << 16)
  let text = ''
  let result: unknown = null
  for (;;) {
    const { length } = await receive(socket, buffer).catch(error => {
      if (errnoOf(error) === 'EBADF') return { length: 0 }
      throw error
    })
    if (length === 0) return result
    text += buffer.toString('utf8', 0, length)
    const lines = text.split('\n')
    text = lines.pop()!
    for (const line of lines) {
      const said = JSON.parse(line) as Said
      if ('progress' in said) onProgress?.(said.progress)
      else if ('error' in said) throw new MiniDockerError(said.error.class, said.error)
      else result = said.result
    }
  }
}
