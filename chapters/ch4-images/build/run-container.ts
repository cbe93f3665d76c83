/** The container of a RUN: ch3's, on a snapshot of the stage's tree, its output read by us. */

import * as fs from 'node:fs'
import { Socket } from 'node:net'
import { passesOf } from '#core/chapter'
import { Flags } from '#core/cli/flags'
import { exitCodeOf } from '#core/cli/performed'
import { executorOf } from '#core/cli/seeing'
import { runContainer } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { cleanUp } from '#core/exec/replay'
import { States } from '#core/exec/state'
import { noSwap } from '#core/lab'
import { assemble } from '#core/plan/assemble'
import type { Account } from '#core/spec/account'
import type { Mount, Process } from '#core/spec/runtime'
import { factsBut } from '#core/sys/facts'
import { isAlive } from '#core/sys/identity'
import { pipe } from '#core/sys/libc'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { randomId } from '#core/sys/random'
import { connect, defaultNamespaces, defaultSpec } from '../../ch2-namespaces/index.js'
import { extension as limitsOfCh3 } from '../../ch3-cgroups/index.js'
import { workdir } from '../container/image-root.js'
import { parts } from '../index.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { rootsOf } from './roots.js'

export interface RunCall {
  /** Of the tree to work on; an active snapshot's. */
  readonly root: RootMount
  /** An empty directory, where it is mounted. */
  readonly at: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly account: Account
  readonly network: 'host' | 'none'
  readonly mounts: readonly Mount[]
  /** Of the mounts' sources, those that are files. */
  readonly files: readonly string[]
  /** Trees of others that are needed as sources: each mounted at a directory of the host's, in its namespace alone. */
  readonly trees: readonly { readonly mount: RootMount; readonly at: string }[]
  readonly onOutput: (chunk: Buffer) => void
  /** Is given what ends it for good. */
  readonly onStarted?: (kill: () => void) => void
}

export interface RunEnd {
  readonly code: number
  /** Where something was mounted. */
  readonly targets: readonly string[]
}

const umask = 0o022
const hostname = 'build'

export async function runStepContainer(call: RunCall): Promise<RunEnd> {
  const { run } = directories()
  const facts = probeFacts()
  const states = new States(run)
  const { perform, shared } = host(run, facts)
  const executor = await executorOf(new Flags())
  const limits = await limitsOfCh3()
  const id = randomId()
  limits.begin?.(facts)
  const record = states.create({ id, chapter: 'ch4', spec: null, undo: limits.reservations?.(null, id) ?? [] })
  const made = await (async () => {
    try {
      return await draft(call, id, { limits, facts, states, shared, cloneInto: executor.name === 'native' })
    } catch (error) {
      cleanUp(states, record, perform)
      throw error
    }
  })()
  const { spec, plan } = made
  const { reader, writer } = pipe()
  const read = readAll(reader, call.onOutput)
  call.onStarted?.(() => {
    const init = states.read(id)?.init
    if (init != null && isAlive(init)) process.kill(init.pid, 'SIGKILL')
  })
  try {
    const outcome = await runContainer(
      { states, record, spec },
      {
        plan,
        executor,
        perform,
        interactive: false,
        output: writer,
        killed: () => limits.killed?.(spec, facts),
        ended: outcome => limits.ended?.(spec, facts, outcome),
      },
    )
    return { code: await exitCodeOf(plan, outcome), targets: (spec.mounts ?? []).map(({ destination }) => destination) }
  } finally {
    fs.closeSync(writer) // the last one: the reader sees the end
    await read
  }
}

interface Around {
  readonly limits: Awaited<ReturnType<typeof limitsOfCh3>>
  readonly facts: ReturnType<typeof probeFacts>
  readonly states: States
  readonly shared: ReturnType<typeof host>['shared']
  readonly cloneInto: boolean
}

async function draft(call: RunCall, id: string, { limits, facts, states, shared, cloneInto }: Around) {
  const namespaces = defaultNamespaces.filter(type => call.network === 'none' || type !== 'network')
  const { uid, gid, additionalGids } = call.account
  const user: Process['user'] = { uid, gid, umask, additionalGids }
  const connection = await connect({
    mode: call.network,
    id,
    hostname,
    directory: states.directoryOf(id),
    facts,
    userns: facts.uid !== 0,
    shared,
    swap: noSwap,
  })
  const wish = {
    rootfs: call.at,
    process: { args: call.args, env: call.env, cwd: call.cwd, user },
    namespaces,
    hostname,
    mounts: [...connection.mounts, ...call.mounts],
  }
  const spec = limits.wish(defaultSpec(wish, facts), new Flags(), { id, facts, swap: noSwap })
  limits.reserve?.(spec, facts, shared)
  const passes = passesOf({ ...parts, enterRoot: rootsOf(call), workdir, ...connection.parts })
  const seen = factsBut(facts, { files: [...connection.files, ...call.files], ...(cloneInto ? {} : { cloneInto }) })
  return { spec, plan: assemble(passes, spec, seen) }
}

function readAll(fd: number, onOutput: (chunk: Buffer) => void): Promise<void> {
  const socket = new Socket({ fd, readable: true, writable: false })
  return new Promise(resolve => {
    socket.on('data', onOutput)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
}
