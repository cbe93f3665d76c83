/** The process as it can be: what engines count on is added, what we do not hold ourselves is left out, and said. */

import * as fs from 'node:fs'
import type { Process, Spec } from '#core/spec/runtime'
import { withinReach, withUsualUmask } from '../process/as-runc.js'

/** @param linux of the container: in a user namespace of its own its root holds all capabilities */
export function granted(asked: Process, linux: Spec['linux'], warn: (text: string) => void): Process {
  const hasAll = linux?.namespaces?.some(({ type }) => type === 'user') === true
  const { process, withheld } = withinReach(asked, hasAll || asked.capabilities === undefined ? null : held())
  if (withheld.length > 0) warn(`capabilities that we do not have ourselves are left out: ${withheld.join(', ')}`)
  return withUsualUmask(process)
}

/** proc_pid_status(5): CapPrm, bit n is capability n. */
const held = (): bigint => BigInt(`0x${/^CapPrm:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))![1]!}`)
