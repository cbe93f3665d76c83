/**
 * The PATH of the tool's own process, which is the host's: os/exec's LookPath does the same, and runc has to set PATH before it.
 * @rejected path-in-order
 * @says /usr/local/sbin/tool
 */

import type { Pass } from '#core/plan/assemble'
import { defaultPath, type Process } from '#core/spec/runtime'

export function candidates({ args, cwd }: Process): string[] {
  const program = args[0] ?? ''
  if (program === '') return ['']
  if (program.includes('/')) return [join(cwd, program)]
  return (process.env.PATH || defaultPath).split(':').map(directory => join(join(cwd, directory), program))
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
