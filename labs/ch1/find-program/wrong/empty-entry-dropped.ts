/**
 * Throws empty entries of PATH away, as if they were slips of the pen: since 1979 they mean the working directory.
 * @rejected empty-entry-is-cwd
 * @says /a/tool, /b/tool
 */

import type { Pass } from '#core/plan/assemble'
import { defaultPath, type Process } from '#core/spec/runtime'

export function candidates({ args, env, cwd }: Process): string[] {
  const program = args[0] ?? ''
  if (program === '') return ['']
  if (program.includes('/')) return [join(cwd, program)]
  const path = env?.find(variable => variable.startsWith('PATH='))?.slice('PATH='.length)
  return (path || defaultPath)
    .split(':')
    .filter(entry => entry !== '')
    .map(entry => join(join(cwd, entry), program))
}

export const findProgram: Pass = spec => [
  {
    op: 'lookup',
    candidates: candidates(spec.process),
    phase: 'become',
    by: 'ch1.findProgram',
    why: "in the container's PATH, as its user",
  },
]

const join = (directory: string, path: string): string =>
  path.startsWith('/') ? path : `${directory === '/' ? '' : directory}/${path}`
