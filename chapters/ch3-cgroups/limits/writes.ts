/** A limit is a write to a file of the cgroup: the step for it. */

import type { Step } from '#core/plan/step'

type Write = (file: string, data: string | number, why: string) => Step<'write_cgroup'>

/** @param asked the field of linux.resources, and the flag that sets it: who reads an error knows one of the two */
export const writes =
  (by: string, directory: string, asked: string): Write =>
  (file, data, why) => ({
    op: 'write_cgroup',
    phase: 'prepare',
    by,
    path: `${directory}/${file}`,
    data: String(data),
    asked,
    why,
  })
