/** What this process may give on at most. Source: capabilities(7), proc_pid_status(5). */

import * as fs from 'node:fs'

/** A bit for each capability. */
export const ownBoundingSet = (): bigint =>
  BigInt(`0x${/^CapBnd:\t([0-9a-f]+)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`)
