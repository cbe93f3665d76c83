/** What v1 and v2 say in common, of the quantities that the runtime-spec counts in. Source: config-linux.md. */

import type { Resources, Throttle } from '#core/spec/runtime'

interface IoThrottle extends Throttle {
  /** io.max's key on v2, the middle of the file's name on v1. */
  readonly key: 'rbps' | 'wbps' | 'riops' | 'wiops'
  readonly file: string
  readonly asked: string
}

const throttles = [
  ['throttleReadBpsDevice', 'rbps', 'read_bps', '--device-read-bps'],
  ['throttleWriteBpsDevice', 'wbps', 'write_bps', '--device-write-bps'],
  ['throttleReadIOPSDevice', 'riops', 'read_iops', '--device-read-iops'],
  ['throttleWriteIOPSDevice', 'wiops', 'write_iops', '--device-write-iops'],
] as const

export const ioThrottles = (blockIO: NonNullable<Resources['blockIO']>): IoThrottle[] =>
  throttles.flatMap(([field, key, word, flag]) =>
    (blockIO[field] ?? []).map(throttle => ({
      ...throttle,
      key,
      file: `blkio.throttle.${word}_device`,
      asked: `blockIO.${field} (${flag})`,
    })),
  )
