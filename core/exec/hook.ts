/**
 * One hook: a program of the host's that is told the state on its stdin, and has a time to end in. Source: config.md "POSIX-platform
 * Hooks".
 */

import { fail } from '#core/errors'
import type { Hook } from '#core/spec/runtime'

/** @param kind as config.json calls it @throws MiniDockerError FailedPrecondition: it failed, or took too long */
export function runHook(kind: string, index: number, hook: Hook, state: object): void {
  const { spawnSync } = process.getBuiltinModule('node:child_process') // 3 ms that most runs do not need
  const [argv0, ...args] = hook.args?.length ? hook.args : [hook.path]
  const { status, signal, error, stderr } = spawnSync(hook.path, args, {
    ...(argv0 === undefined ? {} : { argv0 }),
    env: Object.fromEntries((hook.env ?? []).map(entry => entry.split(/=(.*)/s).slice(0, 2))),
    input: JSON.stringify(state),
    stdio: ['pipe', 'ignore', 'pipe'],
    killSignal: 'SIGKILL',
    ...(hook.timeout === undefined ? {} : { timeout: hook.timeout * 1000 }),
  })
  if (error === undefined && status === 0) return
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const why =
    code === 'ETIMEDOUT'
      ? `took longer than ${hook.timeout} s`
      : (code ?? (signal === null ? `exit code ${status}` : `ended by ${signal}`))
  const said = stderr?.toString().trim().split('\n').at(-1) ?? ''
  fail('FailedPrecondition', {
    what: `${kind} hook ${index} '${hook.path}'`,
    why: said === '' ? why : `${why}: ${said}`,
  })
}
