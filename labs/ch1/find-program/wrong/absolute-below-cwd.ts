/**
 * Hangs every name with a slash below the working directory, the absolute ones as well.
 * @rejected absolute-as-it-is
 * @says /srv//opt/tool
 */

import type { Pass } from '#core/plan/assemble'
import { defaultPath, type Process } from '#core/spec/runtime'

export function candidates({ args, env, cwd }: Process): string[] {
  const program = args[0] ?? ''
  if (program === '') return ['']
  if (program.includes('/')) return [`${cwd}/${program}`]
  const path = env?.find(variable => variable.startsWith('PATH='))?.slice('PATH='.length)
  return (path || defaultPath)
    .split(':')
    .map(entry => (entry.startsWith('/') ? `${entry}/${program}` : `${cwd}/${entry}/${program}`))
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
