/**
 * The queues of a host's and of a container's interfaces while tc(8) works on them, line by line: what there is in the end,
 * or which line would be refused, and in which words. It knows one queue, the token bucket. Source: tc(8), tc-tbf(8).
 */

export type Where = 'host' | 'container'

export interface Queue {
  readonly where: Where
  readonly device: string
  /** Bits a second. */
  readonly rate: number
  /** Bytes. */
  readonly burst: number
}
interface Batch {
  readonly where: Where
  readonly lines: readonly string[]
}
export interface PlayedTc {
  readonly queues: readonly Queue[]
  readonly refused: { readonly batch: number; readonly line: string; readonly why: string } | null
}

class Refused extends Error {}
const refuse = (why: string): never => {
  throw new Refused(why)
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 1024, mi: 1024 ** 2 }
/** tc(8) "Rates": bps is bytes; a bare number is bits. */
function rateOf(text: string): number {
  const [, number, factor = '', unit = 'bit'] = /^(\d+(?:\.\d+)?)([kmg]i?)?(bit|bps)?$/i.exec(text) ?? []
  if (number === undefined) return refuse(`Illegal "rate": ${text}`)
  return Number(number) * factors[factor.toLowerCase()]! * (unit.toLowerCase() === 'bps' ? 8 : 1)
}
/** tc(8) "Sizes": k is 1024; bits have names of their own. */
function sizeOf(text: string): number {
  const [, number, factor = '', bit] = /^(\d+(?:\.\d+)?)([kmg])?(?:b|(bit))?$/i.exec(text) ?? []
  if (number === undefined) return refuse(`Illegal value for "burst": "${text}"`)
  return (Number(number) * 1024 ** ['', 'k', 'm', 'g'].indexOf(factor.toLowerCase())) / (bit === undefined ? 1 : 8)
}

const keys =
  /^(rate|burst|buffer|maxburst|latency|limit|peakrate|mtu|minburst|mpu|overhead|linklayer|dev|handle|parent)$/

function play(queues: Queue[], line: string, where: Where, devices: readonly string[]): void {
  const [object, verb, ...rest] = line.trim().split(/\s+/)
  if (/^f/.test(object ?? '') || rest.includes('ingress') || rest.includes('clsact') || rest.includes('police')) {
    refuse('what is received has come already: it can be dropped there, and not made to wait')
  }
  if (!/^q/.test(object ?? '')) refuse(`Object "${object}" is unknown`)
  if (!/^(a|add|replace|repl)$/.test(verb ?? '')) refuse(`Command "${verb}" makes no queue`)
  const options = new Map<string, string>()
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!
    if (keys.test(word)) options.set(word, rest[++i] ?? refuse(`"${word}" says nothing`))
    else if (word === 'root' || word === 'tbf') options.set(word, '')
    else refuse(`What is "${word}"?`)
  }
  const device = options.get('dev') ?? refuse('Device is required')
  if (!devices.includes(device)) refuse(`Cannot find device "${device}": there is none in the ${where}`)
  if (!options.has('root')) refuse('a queue for all that leaves is the root')
  if (!options.has('tbf')) refuse('Unknown qdisc: it takes tbf')
  const burst = options.get('burst') ?? options.get('buffer') ?? options.get('maxburst') ?? '0'
  const [rate, bytes] = [rateOf(options.get('rate') ?? '0'), sizeOf(burst)]
  if (!(rate > 0 && bytes > 0)) refuse('Both "rate" and "burst" are required.')
  if (!options.has('latency') && !options.has('limit')) refuse('Either "limit" or "latency" is required.')
  const before = queues.findIndex(one => one.where === where && one.device === device)
  if (before >= 0 && verb!.startsWith('a')) refuse('Exclusivity flag on, cannot modify: that end has a queue')
  if (before >= 0) queues.splice(before, 1)
  queues.push({ where, device, rate, burst: bytes })
}

/** @param devices what there is on each side */
export function playTc(batches: readonly Batch[], devices: Readonly<Record<Where, readonly string[]>>): PlayedTc {
  const queues: Queue[] = []
  for (const [batch, { where, lines }] of batches.entries()) {
    for (const line of lines) {
      try {
        play(queues, String(line), where, devices[where])
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        return { queues, refused: { batch, line, why: error.message } }
      }
    }
  }
  return { queues, refused: null }
}
