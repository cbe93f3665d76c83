/** A pipe between two workers: what one packs the other one unpacks, and neither sees the other's tree. */

import { call } from '#core/sys/libc'

const O_CLOEXEC = 0o2000000

/** pipe2(2) */
export function pipe(): readonly [reading: number, writing: number] {
  const ends = new Int32Array(2)
  call('int pipe2(void *ends, int flags)', ends, O_CLOEXEC)
  return [ends[0]!, ends[1]!]
}
