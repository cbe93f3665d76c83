/** What Prometheus reads: counters of requests, of what garbage collection did, and of this process. */

interface Done {
  readonly method: string
  readonly resource: string
  readonly status: number
  readonly seconds: number
  readonly bytes: { readonly in: number; readonly out: number }
}

/** Seconds: a HEAD takes one, a layer many. */
const bounds = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]
const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE']

interface Series {
  count: number
  seconds: number
  readonly buckets: number[]
}

export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #durations = new Map<string, Series>()
  readonly #totals = new Map<string, number>()
  readonly #gauges: Readonly<Record<string, () => number>>
  #running = 0

  /** @param gauges what is asked for at the moment: by name */
  constructor(gauges: Readonly<Record<string, () => number>> = {}) {
    this.#gauges = gauges
  }

  begin(): void {
    this.#running++
  }

  end({ method, resource, status, seconds, bytes }: Done): void {
    this.#running--
    // any word may come as a method: labels are of a known set, so that nobody fills the memory with them
    const labels = `method="${methods.includes(method) ? method : 'other'}",resource="${resource}"`
    count(this.#requests, `${labels},status="${status}"`)
    const series = this.#durations.get(labels) ?? { count: 0, seconds: 0, buckets: bounds.map(() => 0) }
    series.count++
    series.seconds += seconds
    for (const [at, bound] of bounds.entries()) if (seconds <= bound) series.buckets[at]!++
    this.#durations.set(labels, series)
    this.add('received_bytes', bytes.in)
    this.add('sent_bytes', bytes.out)
  }

  /** @param name without prefix and `_total` */
  add(name: string, by: number): void {
    count(this.#totals, name, by)
  }

  text(): string {
    const lines: string[] = []
    const head = (name: string, type: string): void => void lines.push(`# TYPE ${name} ${type}`)
    head('registry_http_requests_total', 'counter')
    for (const [labels, value] of this.#requests) lines.push(`registry_http_requests_total{${labels}} ${value}`)
    head('registry_http_request_duration_seconds', 'histogram')
    for (const [labels, series] of this.#durations) {
      const name = 'registry_http_request_duration_seconds'
      for (const [at, bound] of bounds.entries()) {
        lines.push(`${name}_bucket{${labels},le="${bound}"} ${series.buckets[at]}`)
      }
      lines.push(`${name}_bucket{${labels},le="+Inf"} ${series.count}`)
      lines.push(`${name}_sum{${labels}} ${series.seconds}`, `${name}_count{${labels}} ${series.count}`)
    }
    head('registry_http_requests_running', 'gauge')
    lines.push(`registry_http_requests_running ${this.#running}`)
    for (const [name, value] of this.#totals) {
      head(`registry_${name}_total`, 'counter')
      lines.push(`registry_${name}_total ${value}`)
    }
    for (const [name, value] of Object.entries(this.#gauges)) {
      head(`registry_${name}`, 'gauge')
      lines.push(`registry_${name} ${value()}`)
    }
    head('process_resident_memory_bytes', 'gauge')
    lines.push(`process_resident_memory_bytes ${process.memoryUsage.rss()}`)
    return `${lines.join('\n')}\n`
  }
}

const count = (map: Map<string, number>, key: string, by = 1): void => void map.set(key, (map.get(key) ?? 0) + by)
