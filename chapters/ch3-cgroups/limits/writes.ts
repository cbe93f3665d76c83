/** A limit is a write to a file of the cgroup: the step for it. */

import type { Step } from '#core/plan/step'

interface Value {
  /** Its name alone. */
  readonly file: string
  readonly data: string | number
  readonly why: string
}

/** @param asked the field of linux.resources, and the flag that sets it: who reads an error knows one of the two */
export const writes =
  (by: string, directory: string, asked: string) =>
  ({ file, data, why }: Value): Step<'write_cgroup'> => ({
    op: 'write_cgroup',
    phase: 'prepare',
    by,
    path: `${directory}/${file}`,
    data: String(data),
    asked,
    why,
  })
