/**
 * Path look-up, inside the jail: `ls` is looked for in each directory of the container's own PATH.
 *
 * It has to happen after the root changed (the host's /bin/ls says nothing about the jail's) and as the final user, and
 * before the container counts as created: "not found" (127) and "not executable" (126) are errors of starting it.
 * Source: exec(3), the rules of execvp; Docker's exit codes.
 */

import type { Pass } from '#core/plan/assemble'
import { defaultPath, type Process } from '#core/spec/runtime'

// #region part
/** The absolute paths at which the program may be, in the order in which they are tried. */
export function candidates({ args, env, cwd }: Process): string[] {
  // #region solution
  const program = args[0] ?? ''
  if (program === '') return [''] // no name is in no directory: exec(3) says ENOENT
  if (program.includes('/')) return [join(cwd, program)]
  const path = env?.find(variable => variable.startsWith('PATH='))?.slice('PATH='.length)
  return (path || defaultPath).split(':').map(directory => join(join(cwd, directory), program))
  // #endregion solution
}

export const findProgram: Pass = spec => [
  {
    op: 'lookup',
    candidates: candidates(spec.process),
    phase: 'become',
    by: 'ch1.findProgram',
    why: "in the container's PATH, as its user: 127 if it is not there, 126 if it is not executable",
  },
]
// #endregion part

/** What `path` means to who stands in `directory`: an absolute one itself, an empty one that directory, any other below it. */
function join(directory: string, path: string): string {
  if (path.startsWith('/')) return path
  return path === '' ? directory : `${directory === '/' ? '' : directory}/${path}`
}
