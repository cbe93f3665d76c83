/**
 * Init: the fork that puts a process into the new pid namespace, as its number 1.
 *
 * Whatever ends the container's keeper must end the container: the kernel sends the signal when the parent dies. A change
 * of uid clears that wish (prctl(2)), so it is made twice. A session of its own keeps the container's hands off our
 * terminal: with a shared one it could type into it (ioctl TIOCSTI).
 */

import type { Pass } from '#core/plan/assemble'
import type { Step } from '#core/plan/step'
import { isolates } from '#core/spec/runtime'

const at = { phase: 'isolate', by: 'ch2.startInit' } as const

// #region start-init
export const startInit: Pass = spec => {
  const pid1 = isolates(spec, 'pid')
    ? 'the first child after unshare is number 1 of the new pid namespace'
    : 'a child to become the program'
  const dieWithMonitor: Omit<Step<'die_with_parent'>, 'phase' | 'why'> = {
    op: 'die_with_parent',
    signal: 'SIGKILL',
    by: 'ch2.startInit',
  }
  return [
    { ...at, op: 'fork', why: `${pid1}; a child of the monitor, which outlives the stage` },
    { ...dieWithMonitor, phase: 'isolate', why: 'should the monitor be killed, nothing stays behind' },
    { ...at, op: 'setsid', why: 'a session of its own: it cannot type into our terminal' },
    ...(takesOtherId(spec.process.user)
      ? [{ ...dieWithMonitor, phase: 'become', why: 'the change of uid cleared it' } as const]
      : []),
  ]
}
// #endregion start-init

const takesOtherId = (user: { uid: number; gid: number; additionalGids?: readonly number[] }): boolean =>
  user.uid !== 0 || user.gid !== 0 || user.additionalGids !== undefined
