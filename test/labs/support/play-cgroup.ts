/**
 * The files of a cgroup while somebody writes to them: what the kernel would hold in the end, or which write it refuses.
 * Source: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/; kernel/sched/core.c, tg_set_cfs_bandwidth();
 * mm/memcontrol-v1.c, mem_cgroup_resize_max(); mm/page_counter.c, page_counter_memparse().
 */

export interface Write {
  /** The file's name alone. */
  readonly file: string
  readonly data: string
}
export interface Played {
  /** By file; those that nobody wrote to hold what the kernel begins with. */
  readonly held: ReadonlyMap<string, string>
  /** The first write that is refused: its place in the list, and why. */
  readonly refused: { readonly at: number; readonly why: string } | null
}
/** What the cgroup above may use of the processors: v1 refuses more to the one below. */
export interface Above {
  readonly quota: number
  readonly period: number
}

type Held = Map<string, string>
/** @returns why the kernel refuses it, null when it took it */
type File = (data: string, held: Held, above: Above | null) => string | null

class Kernel {
  readonly begin: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, File>>
  constructor(files: Readonly<Record<string, readonly [begin: string, file: File]>>) {
    this.begin = Object.fromEntries(Object.entries(files).map(([name, [begin]]) => [name, begin]))
    this.files = Object.fromEntries(Object.entries(files).map(([name, [, file]]) => [name, file]))
  }
}

const keep =
  (name: string, valueOf: (data: string) => string | null, grammar: string): File =>
  (data, held) => {
    const value = valueOf(data.trim())
    if (value === null) return `EINVAL: it takes ${grammar}`
    held.set(name, value)
    return null
  }

const units = ['', 'k', 'm', 'g', 't']
/** memparse(): a number, and one letter. */
function bytes(text: string): number | null {
  const [, number, unit = ''] = /^(\d+)([kmgt]?)$/i.exec(text) ?? []
  return number === undefined ? null : Number(number) * 1024 ** units.indexOf(unit.toLowerCase())
}
/** @param none how that version says that there is no limit */
const amount =
  (none: 'max' | '-1') =>
  (text: string): string | null => {
    const number = bytes(text)
    return text === none ? none : number === null ? null : String(number)
  }
const number =
  (least: number, most: number) =>
  (text: string): string | null =>
    /^-?\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? String(Number(text)) : null
const orMax = (text: string): string | null => (text === 'max' ? text : number(0, Number.MAX_SAFE_INTEGER)(text))
const list = (text: string): string | null => (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text) ? text : null)

const LEAST_US = 1000
const MOST_PERIOD_US = 1_000_000

const inBytes = (name: string, none: 'max' | '-1'): readonly [string, File] => [
  none,
  keep(name, amount(none), `bytes, or '${none}' for no limit`),
]

const v2 = new Kernel({
  'cpu.max': [
    'max 100000',
    (data, held) => {
      const [, quota, period = held.get('cpu.max')!.split(' ')[1]!] = /^(max|\d+)(?: (\d+))?$/.exec(data.trim()) ?? []
      if (quota === undefined) return 'EINVAL: it takes QUOTA PERIOD, and a quota is a number or max'
      if (quota !== 'max' && Number(quota) < LEAST_US) return `EINVAL: a quota is max, or ${LEAST_US} and more`
      if (number(LEAST_US, MOST_PERIOD_US)(period) === null)
        return `EINVAL: a period is ${LEAST_US} to ${MOST_PERIOD_US}`
      held.set('cpu.max', `${quota} ${period}`)
      return null
    },
  ],
  'cpu.max.burst': [
    '0',
    (data, held) => {
      const burst = number(0, Number.MAX_SAFE_INTEGER)(data.trim())
      const quota = held.get('cpu.max')!.split(' ')[0]!
      if (burst === null || (quota !== 'max' && Number(burst) > Number(quota)))
        return 'EINVAL: a burst is no more than the quota'
      held.set('cpu.max.burst', burst)
      return null
    },
  ],
  'cpu.idle': ['0', keep('cpu.idle', number(0, 1), '0 or 1')],
  'cpu.weight': ['100', keep('cpu.weight', number(1, 10_000), '1 to 10000')],
  'memory.max': inBytes('memory.max', 'max'),
  'memory.high': inBytes('memory.high', 'max'),
  'memory.low': ['0', keep('memory.low', amount('max'), "bytes, or 'max'")],
  'memory.min': ['0', keep('memory.min', amount('max'), "bytes, or 'max'")],
  'memory.swap.max': inBytes('memory.swap.max', 'max'),
  'memory.swap.high': inBytes('memory.swap.high', 'max'),
  'pids.max': ['max', keep('pids.max', orMax, "a number, or 'max' for no limit")],
  'cpuset.cpus': ['', keep('cpuset.cpus', list, 'a list: 0-2,4')],
  'cpuset.mems': ['', keep('cpuset.mems', list, 'a list: 0-2,4')],
})

/** Memory may not be more than memory and swap together. */
const together =
  (name: string, holds: (limit: number, both: number) => boolean): File =>
  (data, held) => {
    const value = amount('-1')(data.trim())
    if (value === null) return 'EINVAL: it takes bytes, or -1 for no limit'
    const next = new Map(held).set(name, value)
    const size = (file: string): number => (next.get(file) === '-1' ? Number.POSITIVE_INFINITY : Number(next.get(file)))
    const [limit, both] = [size('memory.limit_in_bytes'), size('memory.memsw.limit_in_bytes')]
    if (!holds(limit, both)) return 'EINVAL: memory and swap together would be less than memory, which has no limit yet'
    held.set(name, value)
    return null
  }

/** Never more of the processors than the cgroup above. */
const share =
  (name: string, least: number, most: number): File =>
  (data, held, above) => {
    const value = data.trim() === '-1' && name === 'cpu.cfs_quota_us' ? '-1' : number(least, most)(data.trim())
    if (value === null) return `EINVAL: it takes microseconds, from ${least} to ${most}`
    const next = new Map(held).set(name, value)
    const [quota, period] = [Number(next.get('cpu.cfs_quota_us')), Number(next.get('cpu.cfs_period_us'))]
    if (above !== null && quota > 0 && quota / period > above.quota / above.period) {
      return `EINVAL: ${quota} in ${period} is more than the ${above.quota} in ${above.period} of the cgroup above`
    }
    held.set(name, value)
    return null
  }

const v1 = new Kernel({
  'cpu.shares': ['1024', keep('cpu.shares', number(2, 262_144), '2 to 262144')],
  'cpu.cfs_period_us': ['100000', share('cpu.cfs_period_us', LEAST_US, MOST_PERIOD_US)],
  'cpu.cfs_quota_us': ['-1', share('cpu.cfs_quota_us', LEAST_US, Number.MAX_SAFE_INTEGER)],
  'cpu.cfs_burst_us': ['0', keep('cpu.cfs_burst_us', number(0, Number.MAX_SAFE_INTEGER), 'microseconds')],
  'cpu.idle': ['0', keep('cpu.idle', number(0, 1), '0 or 1')],
  'memory.limit_in_bytes': ['-1', together('memory.limit_in_bytes', (limit, both) => limit <= both)],
  'memory.memsw.limit_in_bytes': ['-1', together('memory.memsw.limit_in_bytes', (limit, both) => limit <= both)],
  'memory.soft_limit_in_bytes': inBytes('memory.soft_limit_in_bytes', '-1'),
  'memory.swappiness': ['60', keep('memory.swappiness', number(0, 100), '0 to 100')],
  'memory.oom_control': ['0', keep('memory.oom_control', number(0, 1), '0 or 1')],
  'pids.max': ['max', keep('pids.max', orMax, "a number, or 'max' for no limit")],
  'cpuset.cpus': ['', keep('cpuset.cpus', list, 'a list: 0-2,4')],
  'cpuset.mems': ['', keep('cpuset.mems', list, 'a list: 0-2,4')],
})

/** Stops at the first write that is refused, as a plan does. */
export function playCgroup(writes: readonly Write[], version: 1 | 2, above: Above | null = null): Played {
  const kernel = version === 1 ? v1 : v2
  const held = new Map(Object.entries(kernel.begin))
  for (const [at, { file, data }] of writes.entries()) {
    const write = kernel.files[file]
    const why = write === undefined ? `ENOENT: v${version} has no file of that name` : write(data, held, above)
    if (why !== null) return { held, refused: { at, why } }
  }
  return { held, refused: null }
}
