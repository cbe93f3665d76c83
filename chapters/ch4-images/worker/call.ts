/**
 * Calls a worker: starts it, sends it the job, takes its answer. It reads what layers and containers hold, so nothing that
 * it does is trusted to stay inside by good will: it is chrooted before it touches a path.
 */

import * as fs from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { Flags } from '#core/cli/flags'
import { executorOf } from '#core/cli/seeing'
import { type ErrorClass, errnoOf, fail, MiniDockerError } from '#core/errors'
import { drive } from '#core/exec/driver'
import { host } from '#core/exec/host'
import { codeOf } from '#core/exec/outcome'
import { lower } from '#core/plan/lower'
import { type Identity, isAlive } from '#core/sys/identity'
import { pidfdOpen } from '#core/sys/libc'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { receive, send, socketpair } from '#core/sys/socket'
import type { JobName, Jobs } from './jobs.js'
import { type Tree, workerPlan } from './plan.js'

/** The bin, beside the bundle or three up from this file in the unbundled build. */
const programs = ['mini-docker.cjs', '../../../mini-docker.cjs'].map(name => `${import.meta.dirname}/${name}`)

export type Call<N extends JobName> = Tree & {
  readonly job: N
  readonly arguments: Jobs[N]['arguments']
  /** Its fd 1: what it reads an archive from, or writes one to. It is closed here, but for 0 and 1. */
  readonly stream?: number
  readonly onProgress?: (bytes: number) => void
}

/** What a worker is told. */
export interface Order<N extends JobName = JobName> {
  readonly job: N
  readonly arguments: Jobs[N]['arguments']
  /** Where it chroots to; null: to the root of `inside`. */
  readonly root: string | null
  readonly inside: Identity | null
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
  const plan = workerPlan({ tree: call, argv: [process.execPath, program, '--worker'], env }, facts)
  const executor = await executorOf(new Flags())
  const target = 'inside' in call ? hold(call.inside) : undefined
  const [ours, theirs] = socketpair()
  const performance = executor.open({
    fds: [theirs, call.stream ?? 2, 2],
    ...(target === undefined ? {} : { target }),
  })
  fs.closeSync(theirs)
  if (call.stream !== undefined && call.stream > 2) fs.closeSync(call.stream) // the other end is to see when the worker is done
  try {
    const answer = listen(ours, call.onProgress)
    answer.catch(() => undefined) // it is asked for below, unless something else went wrong before
    send(ours, Buffer.from(`${JSON.stringify(orderOf(call))}\n`))
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
    if (target !== undefined) fs.closeSync(target)
    await performance.end()
  }
}

function orderOf<N extends JobName>(call: Call<N>): Order<N> {
  const { job, arguments: given } = call
  const root = 'inside' in call ? null : 'directory' in call ? call.directory : call.at
  return { job, arguments: given, root, inside: 'inside' in call ? call.inside : null }
}

function hold(init: Identity): number {
  try {
    const pidfd = pidfdOpen(init.pid)
    if (isAlive(init)) return pidfd
    fs.closeSync(pidfd)
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
  return fail('FailedPrecondition', { what: 'container', why: 'has just ended', hint: 'try again' })
}

/** @returns the result, null when there was none */
async function listen(socket: number, onProgress: ((bytes: number) => void) | undefined): Promise<unknown> {
  const buffer = Buffer.alloc(1 << 16)
  const decoder = new StringDecoder('utf8')
  let text = ''
  let result: unknown = null
  for (;;) {
    const { length } = await receive(socket, buffer).catch(error => {
      if (errnoOf(error) === 'EBADF') return { length: 0 }
      throw error
    })
    if (length === 0) return result
    text += decoder.write(buffer.subarray(0, length))
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
