/**
 * The namespace is forgotten: the host has an eth0 as well, and the whole machine is slow.
 *
 * @rejected out-where-it-leaves
 * @says at eth0 of the host
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
    if (limits.out !== null) steps.push({ ...at, lines: [shape('add', 'eth0', limits.out)] })
    return steps
  }
