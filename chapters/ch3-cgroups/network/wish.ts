/** Bandwidth as part of a spec. The runtime-spec has no field for it: an annotation for each direction, in words of tc. Pure. */

import type { Spec } from '#core/spec/runtime'
import type { Bandwidth, Rate } from './bandwidth.js'

const annotation = { in: 'mini-docker.net-rate-in', out: 'mini-docker.net-rate-out' } as const

/** `10000000 bits/s, 32768 bytes at once` */
const textOf = ({ rate, burst }: Rate): string => `${rate} ${burst}`

function rateIn(text: string | undefined): Rate | null {
  const [rate, burst] = (text ?? '').split(' ').map(Number)
  return rate! > 0 && burst! > 0 ? { rate: rate!, burst: burst! } : null
}

export const bandwidthIn = ({ annotations }: Pick<Spec, 'annotations'>): Bandwidth => ({
  in: rateIn(annotations?.[annotation.in]),
  out: rateIn(annotations?.[annotation.out]),
})

/** What is not said stays as it was. */
export function withBandwidth(spec: Spec, wanted: Bandwidth): Spec {
  const added = (['in', 'out'] as const).flatMap(way => {
    const rate = wanted[way]
    return rate === null ? [] : [[annotation[way], textOf(rate)] as const]
  })
  return added.length === 0 ? spec : { ...spec, annotations: { ...spec.annotations, ...Object.fromEntries(added) } }
}
