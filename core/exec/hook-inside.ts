/** One hook in the namespaces of a container: started as `exec` starts a process, told the state, and waited for. */

import * as fs from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { hookPlan } from '#core/plan/hook-plan'
import { type CloneFlag, memfdFlags } from '#core/sys/constants'
import { call, pidfdOpen } from '#core/sys/libc'
import { reap } from '#core/sys/spawn'
import { type HookOf, hookFailed, tookTooLong } from './hook.js'
import { stageOrFail, withoutMonitor } from './native.js'
import { codeOf } from './outcome.js'
import { startProcess } from './process.js'

/** @param init of the container @throws MiniDockerError FailedPrecondition: it failed, or took too long */
export async function runHookInside(
  which: HookOf & { readonly by: string },
  namespaces: readonly CloneFlag[],
  init: number,
  state: object,
): Promise<undefined> {
  const stage = stageOrFail()
  const { hook } = which
  // files in memory: whatever it says, nobody has to read along
  const [input, nowhere, said] = [memory(JSON.stringify(state)), fs.openSync('/dev/null', 'w'), memory('')]
  const target = pidfdOpen(init)
  try {
    const started = await startProcess({
      plan: hookPlan(hook, namespaces, which.by),
      executor: withoutMonitor(stage),
      perform: () => undefined,
      fds: [input, nowhere, said],
      target,
    })
    if (typeof started !== 'number')
      return hookFailed(which, started.kind === 'failed' ? started.errno : started.kind, '')
    const ended = reap(started)
    const isLate = hook.timeout !== undefined && !(await endsWithin(ended, Math.min(hook.timeout * 1000, LONGEST)))
    if (isLate) process.kill(started, 'SIGKILL')
    const code = codeOf(await ended)
    if (isLate) hookFailed(which, tookTooLong(hook), textOf(said))
    if (code !== 0) hookFailed(which, code > 128 ? `ended by signal ${code - 128}` : `exit code ${code}`, textOf(said))
    return undefined
  } finally {
    for (const fd of [input, nowhere, said, target]) fs.closeSync(fd)
  }
}

/** Milliseconds: Node's timers take no more. */
const LONGEST = 2 ** 31 - 1

async function endsWithin(ended: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const stop = new AbortController()
  const late = after(milliseconds, false, { signal: stop.signal }).catch(() => false)
  const isIn = await Promise.race([ended.then(() => true), late])
  stop.abort()
  return isIn
}

/** memfd_create(2). Its place is at the beginning. */
function memory(text: string): number {
  const create = 'int memfd_create(const char *name, unsigned int flags)'
  const fd = call(create, 'mini-docker:hook', memfdFlags.MFD_CLOEXEC)
  if (text !== '') fs.writeSync(fd, text, 0)
  return fd
}

function textOf(fd: number): string {
  const bytes = Buffer.alloc(4096)
  const { size } = fs.fstatSync(fd)
  return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, bytes.length, Math.max(0, size - bytes.length)))
}
