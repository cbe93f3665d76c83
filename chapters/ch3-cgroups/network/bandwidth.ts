/**
 * Bandwidth: what no cgroup limits. A queue stands where packets leave an interface, so each direction is shaped at the end
 * of the cable where it leaves: what goes into the container at the host's end, what comes out of it at its own.
 *
 * A token bucket (tbf) lets `rate` through, and `burst` at once after a pause; what comes faster waits, and TCP notices.
 * What is received cannot be made to wait: it has come already. Source: tc-tbf(8).
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'

/** Bits a second, and bytes that may go at once. */
export interface Rate {
  readonly rate: number
  readonly burst: number
}
export interface Bandwidth {
  /** Into the container; null: as much as there is. */
  readonly in: Rate | null
  readonly out: Rate | null
}

/** How long a packet may wait for tokens before one that comes is dropped: tc-tbf(8) "latency". */
const PATIENCE = '50ms'

// #region part
/** One line of tc: the queue of an interface, made or changed. @param verb tc-qdisc's */
export function shape(verb: 'add' | 'replace', device: string, { rate, burst }: Rate): string {
  // #region solution-shape
  return `qdisc ${verb} dev ${device} root tbf rate ${rate}bit burst ${burst}b latency ${PATIENCE}`
  // #endregion solution-shape
}

export const bandwidth =
  (veth: string, limits: Bandwidth): Pass =>
  () => {
    const at = { op: 'tc_batch', phase: 'wire', by: 'ch3.bandwidth' } as const
    // #region solution-ends
    const steps: HostStep[] = []
    if (limits.in !== null) {
      steps.push({
        ...at,
        lines: [shape('add', veth, limits.in)],
        why: 'what it receives leaves the host by this end of the cable: here it can still be made to wait',
      })
    }
    if (limits.out !== null) {
      steps.push({
        ...at,
        netns: { of: 'init' },
        lines: [shape('add', 'eth0', limits.out)],
        why: 'what it sends leaves by its own end',
      })
    }
    return steps
    // #endregion solution-ends
  }
// #endregion part
