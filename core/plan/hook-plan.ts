/** The start of a hook in a container's namespaces, as a plan: what `exec` does, without a container's rights and limits. Pure. */

import type { Hook } from '#core/spec/runtime'
import type { CloneFlag } from '#core/sys/constants'
import type { Plan, Step } from './step.js'

/** @param namespaces of the process that is held as `target` @param by who wants it to run */
export function hookPlan({ path, args, env }: Hook, namespaces: readonly CloneFlag[], by: string): Plan {
  const enter = { phase: 'enter', by } as const
  const isolate = { phase: 'isolate', by } as const
  const takeRoot: Step[] = [
    { ...enter, op: 'setresgid', gid: 0, why: 'the id of outside has no name in here' },
    { ...enter, op: 'setresuid', uid: 0, why: 'root of the user namespace' },
  ]
  return {
    steps: [
      { ...enter, op: 'setns', fd: 'target', flags: namespaces, why: 'all at once, the user namespace first' },
      ...(namespaces.includes('CLONE_NEWUSER') ? takeRoot : []),
      { ...enter, op: 'chdir', path: '/', why: 'the working directory is still outside' },
      { ...isolate, op: 'fork', why: 'the pid namespace takes only children in' },
      { ...isolate, op: 'die_with_parent', signal: 'SIGKILL', why: 'nobody would wait for it any more' },
      { op: 'lookup', candidates: [path], phase: 'become', by, why: 'by what is in sight there' },
      { op: 'close_fds', from: 3, phase: 'exec', by, why: 'it has a state on its stdin, and no more' },
      {
        op: 'execve',
        args: args?.length ? args : [path],
        env: env ?? [],
        phase: 'exec',
        by,
        why: 'a program that is told the state, and has a time to end in',
      },
    ],
  }
}
