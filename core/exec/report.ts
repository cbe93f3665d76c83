/** Reports: what stage and monitor say on the channel. native/protocol.h, struct report: 32 bytes, little-endian. */

export const REPORT_LENGTH = 32

export type ReportKind = 'stage' | 'step' | 'yield' | 'init' | 'fail' | 'execing' | 'running' | 'exit' | 'fd'

export interface Report {
  readonly kind: ReportKind
  /** The step's index in the plan; the turn, for a yield. */
  readonly index: number
  /** A pid, an errno, a wait status or an fd role, as the kind has it. */
  readonly value: number
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly start: bigint
  readonly end: bigint
}

const kinds: readonly (ReportKind | undefined)[] = [
  undefined,
  'stage',
  'step',
  'yield',
  'init',
  'fail',
  'execing',
  'running',
  'exit',
  'fd',
]

export function decodeReport(bytes: Buffer): Report {
  const kind = kinds[bytes.readUInt32LE(0)]
  if (kind === undefined) throw new RangeError(`report of unknown kind ${bytes.readUInt32LE(0)}`)
  return {
    kind,
    index: bytes.readUInt32LE(4),
    value: bytes.readInt32LE(8),
    start: bytes.readBigUInt64LE(16),
    end: bytes.readBigUInt64LE(24),
  }
}

export function encodeReport({ kind, index, value, start, end }: Report): Buffer {
  const bytes = Buffer.alloc(REPORT_LENGTH)
  bytes.writeUInt32LE(kinds.indexOf(kind), 0)
  bytes.writeUInt32LE(index, 4)
  bytes.writeInt32LE(value, 8)
  bytes.writeBigUInt64LE(start, 16)
  bytes.writeBigUInt64LE(end, 24)
  return bytes
}
