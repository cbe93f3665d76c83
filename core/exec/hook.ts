/**
 * One hook: a program of the host's that is told the state on its stdin, and has a time to end in. Source: config.md "POSIX-platform
 * Hooks".
 */

import { fail } from '#core/errors'
import type { Hook, HookKind } from '#core/spec/runtime'

/** Which of a config's hooks it is. */
export interface HookOf {
  readonly kind: HookKind
  readonly index: number
  readonly hook: Hook
}

/** @throws MiniDockerError FailedPrecondition: it failed, or took too long */
export function runHook(which: HookOf, state: object): void {
  const { hook } = which
  const { spawnSync } = process.getBuiltinModule('node:child_process') // 3 ms that most runs do not need
  const [argv0, ...args] = hook.args?.length ? hook.args : [hook.path]
  const { status, signal, error, stderr } = spawnSync(hook.path, args, {
    ...(argv0 === undefined ? {} : { argv0 }),
    env: Object.fromEntries((hook.env ?? []).map(entry => entry.split(/=(.*)/s).slice(0, 2))),
    input: JSON.stringify(state),
    stdio: ['pipe', 'ignore', 'pipe'],
    killSignal: 'SIGKILL',
    maxBuffer: Number.POSITIVE_INFINITY, // what it says ends nobody
    ...(hook.timeout === undefined ? {} : { timeout: hook.timeout * 1000 }),
  })
  if (status === 0) return // EPIPE, too: it need not read what it is told
  const failed = (error as NodeJS.ErrnoException | undefined)?.code
  const code = failed === 'EPIPE' ? undefined : failed
  const why =
    code === 'ETIMEDOUT'
      ? tookTooLong(hook)
      : (code ?? (signal === null ? `exit code ${status}` : `ended by ${signal}`))
  hookFailed(which, why, stderr?.toString() ?? '')
}

export const tookTooLong = ({ timeout }: Hook): string => `took longer than ${timeout} s`

/** @param said on its stderr: the last line is told */
export function hookFailed({ kind, index, hook }: HookOf, why: string, said: string): never {
  const last = said.trim().split('\n').at(-1) ?? ''
  return fail('FailedPrecondition', {
    what: `${kind} hook ${index} '${hook.path}'`,
    why: last === '' ? why : `${why}: ${last}`,
  })
}
