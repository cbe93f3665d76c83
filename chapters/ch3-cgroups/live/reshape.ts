/** `update` of the bandwidth: the queues at both ends of a cable that is laid, replaced while packets pass. Pure. */

import { fail } from '#core/errors'
import type { Step } from '#core/plan/step'
import { type Bandwidth, type Rate, shape } from '../network/bandwidth.js'
import type { Change } from './all-or-none.js'

/** @param veth the host's end of its cable. @throws MiniDockerError FailedPrecondition when there is none */
export function reshape(name: string, veth: string | null, wanted: Bandwidth, recorded: Bandwidth): Change[] {
  const flag = wanted.in === null ? '--net-rate-out' : '--net-rate-in'
  if (wanted.in === null && wanted.out === null) return []
  if (veth === null) {
    return fail('FailedPrecondition', {
      what: flag,
      why: `container '${name}' has no cable of its own`,
      hint: 'it has to be started with --net bridge, as root',
    })
  }
  return [
    ...direction(wanted.in, recorded.in, veth, {}),
    ...direction(wanted.out, recorded.out, 'eth0', { netns: { of: 'init' } }),
  ]
}

function direction(
  wanted: Rate | null,
  recorded: Rate | null,
  device: string,
  where: Pick<Step<'tc_batch'>, 'netns'>,
): Change[] {
  if (wanted === null) return []
  const at = { op: 'tc_batch', phase: 'wire', by: 'ch3.bandwidth', ...where } as const
  const before = recorded === null ? `qdisc del dev ${device} root` : shape('replace', device, recorded)
  return [
    {
      step: { ...at, lines: [shape('replace', device, wanted)], why: 'where packets leave, they can be made to wait' },
      back: { ...at, lines: [before], why: 'as it was before: the change as a whole failed' },
    },
  ]
}
