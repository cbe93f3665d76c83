/** How graders look at things: where a plan leaves its process, and what a run said. */

import type { Plan } from '#core/plan/step'
import type { Ran } from '#labs/runner/room/room'

/** Directories of the host, both of them: what "/" and "." mean to the process. */
export interface Place {
  readonly root: string
  readonly cwd: string
}

/** Where a tool is started from says nothing about a container. */
const start: Place = { root: '/', cwd: '/home/somebody/work' }

/**
 * Where the process stands before each step, and at last after all of them: path_resolution(7) on paper. The kernel stops
 * ".." at the process's root directory and at the real one, and nowhere else.
 */
export function placesOf(plan: Plan): readonly Place[] {
  const places = [start]
  for (const step of plan.steps) {
    const here = places.at(-1)!
    if (step.op === 'chroot') places.push({ ...here, root: resolve(here, step.path) })
    else if (step.op === 'chdir') places.push({ ...here, cwd: resolve(here, step.path) })
    else places.push(here)
  }
  return places
}

/** The directory of the host that a path means at that place. */
export function resolve({ root, cwd }: Place, named: string): string {
  const path = String(named) // an attempt's, which may be anything
  let at = path.startsWith('/') ? root : cwd
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') at = `${at === '/' ? '' : at}/${name}`
    else if (at !== root && at !== '/') at = at.slice(0, at.lastIndexOf('/')) || '/'
  }
  return at
}

export const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)

/** What a run did, as a failure tells it. */
export function told({ code, stdout, stderr }: Ran): string {
  const printed = stdout === '' ? 'nothing printed' : `printed '${stdout.trimEnd().slice(0, 300)}'`
  return `exit ${code}, ${printed}${stderr === '' ? '' : `; ${stderr.trimEnd().slice(0, 400)}`}`
}
