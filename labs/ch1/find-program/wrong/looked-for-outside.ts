/**
 * Looks first, because one should know that there is a program before one makes a jail for it: it finds the host's.
 * @rejected looked-for-inside
 * @says before chroot
 */

import type { Pass } from '#core/plan/assemble'
import { defaultPath, type Process } from '#core/spec/runtime'

export function candidates({ args, env, cwd }: Process): string[] {
  const program = args[0] ?? ''
  if (program === '' || program.startsWith('/')) return [program]
  if (program.includes('/')) return [join(cwd, program)]
  const path = env?.find(variable => variable.startsWith('PATH='))?.slice('PATH='.length)
  return (path || defaultPath).split(':').map(entry => join(entry === '' ? cwd : join(cwd, entry), program))
}

export const findProgram: Pass = spec => [
  {
    op: 'lookup',
    candidates: candidates(spec.process),
    phase: 'root',
    by: 'ch1.findProgram',
    why: 'no jail is needed for a program that is not there',
  },
]

const join = (directory: string, path: string): string =>
  path.startsWith('/') ? path : `${directory === '/' ? '' : directory}/${path}`
