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

export function decodeReport(bytes: Uint8Array): Report {
  // V8's own reader: Buffer's methods are JavaScript, which every process that calls one compiles anew
  const view = new DataView(bytes.buffer, bytes.byteOffset, REPORT_LENGTH)
  const kind = kinds[view.getUint32(0, true)]
  if (kind === undefined) throw new RangeError(`report of unknown kind ${view.getUint32(0, true)}`)
  return {
    kind,
    index: view.getUint32(4, true),
    value: view.getInt32(8, true),
    start: view.getBigUint64(16, true),
    end: view.getBigUint64(24, true),
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
