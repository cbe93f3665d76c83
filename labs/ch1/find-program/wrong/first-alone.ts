/**
 * Hands the first candidate on, and calls that the search: what is in any other directory of PATH is not found.
 * @rejected looked-for-inside
 * @says it looks for /usr/local/sbin/sh
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
    candidates: candidates(spec.process).slice(0, 1),
    phase: 'become',
    by: 'ch1.findProgram',
    why: "in the container's PATH, as its user",
  },
]

const join = (directory: string, path: string): string =>
  path.startsWith('/') ? path : `${directory === '/' ? '' : directory}/${path}`
