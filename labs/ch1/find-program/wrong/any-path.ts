/**
 * Takes the first variable whose name ends in PATH for it: LD_LIBRARY_PATH is one, too.
 * @rejected path-in-order
 * @says /opt/lib/tool
 */

import type { Pass } from '#core/plan/assemble'
import { defaultPath, type Process } from '#core/spec/runtime'

export function candidates({ args, env, cwd }: Process): string[] {
  const program = args[0] ?? ''
  if (program === '') return ['']
  if (program.includes('/')) return [join(cwd, program)]
  const [, path] = env?.find(variable => variable.includes('PATH='))?.split('=') ?? []
  return (path || defaultPath).split(':').map(entry => join(entry === '' ? cwd : join(cwd, entry), program))
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
