/**
 * What comes out of the container is limited where the host receives it: there it has come already, and can only be thrown
 * away.
 *
 * @rejected every-line-works
 * @says what is received has come already
 */

import type { Pass } from '#core/plan/assemble'
import type { HostStep } from '#core/plan/step'

interface Rate {
  readonly rate: number
  readonly burst: number
}
interface Bandwidth {
  readonly in: Rate | null
  readonly out: Rate | null
}

const shape = (verb: 'add' | 'replace', device: string, { rate, burst }: Rate): string =>
  `qdisc ${verb} dev ${device} root tbf rate ${rate}bit burst ${burst}b latency 50ms`

export const bandwidth =
  (veth: string, limits: Bandwidth): Pass =>
  () => {
    const at = { op: 'tc_batch', phase: 'wire', by: 'lab', why: 'it waits where it leaves' } as const
    const steps: HostStep[] = []
    if (limits.in !== null) steps.push({ ...at, lines: [shape('add', veth, limits.in)] })
    if (limits.out !== null) {
      const { rate, burst } = limits.out
      const police = `police rate ${rate}bit burst ${burst}b drop`
      steps.push({
        ...at,
        lines: [
          `qdisc add dev ${veth} handle ffff: ingress`,
          `filter add dev ${veth} parent ffff: protocol all matchall ${police}`,
        ],
      })
    }
    return steps
  }
