/** What ch3's flags mean, as parts of a spec. Source: docs.docker.com "Runtime options with Memory, CPUs, and GPUs". */

import type { Flags } from '#core/cli/flags'
import { fail } from '#core/errors'
import type { Resources, Rlimit } from '#core/spec/runtime'
import { RLIM_INFINITY } from '#core/spec/runtime'
import { type ResourceLimit, resourceLimits } from '#core/sys/constants'
import type { Facts } from '#core/sys/facts'
import { throttlesOf } from './device-flags.js'
import type { Bandwidth, Rate } from './network/bandwidth.js'
import { bytesOf, cpusOf, integerOf, listOf, rateOf, refuse } from './units.js'

const PERIOD = 100_000
const MOST = Number.MAX_SAFE_INTEGER
/** Docker's: below it a container does not come up. */
const LEAST_MEMORY = 6 * 2 ** 20

type Memory = NonNullable<Resources['memory']>
type Said<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
/** Only what was said: a field that is undefined would be one that is set. */
const said = <T extends object>(fields: T): Said<T> | undefined => {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Said<T>)
}

/**
 * @param recorded what a running container has: the flags are checked against that, too
 * @throws MiniDockerError InvalidArgument naming the flag
 */
export function resourcesOf(flags: Flags, facts: Facts, recorded: Resources = {}): Resources {
  const weight = of(flags, 'blkio-weight', (flag, text) => integerOf(flag, text, 10, 1000, 500))
  const pids = of(flags, 'pids-limit', (flag, text) => integerOf(flag, text, -1, 2 ** 22, 100))
  const unified = unifiedOf(flags)
  return (
    said({
      cpu: cpuOf(flags, facts),
      memory: memoryOf(flags, facts, recorded.memory),
      pids: pids === undefined ? undefined : { limit: pids },
      blockIO: said({ weight, ...throttlesOf(flags) }),
      unified,
    }) ?? {}
  )
}

const of = <T>(flags: Flags, name: string, read: (flag: string, text: string) => T): T | undefined => {
  const text = flags.one(name)
  return text === undefined ? undefined : read(`--${name}`, text)
}

function cpuOf(flags: Flags, facts: Facts): Resources['cpu'] {
  const cpus = of(flags, 'cpus', (flag, text) => cpusOf(flag, text, listOf(facts.cpus)?.length ?? 1))
  const period = of(flags, 'cpu-period', (flag, text) => integerOf(flag, text, 1000, 1_000_000, PERIOD))
  const quota = of(flags, 'cpu-quota', (flag, text) =>
    text === '-1' ? -1 : integerOf(flag, text, 1000, MOST, PERIOD / 2),
  )
  if (cpus !== undefined && (period !== undefined || quota !== undefined)) {
    fail('InvalidArgument', {
      what: '--cpus',
      why: 'says the same as --cpu-period and --cpu-quota',
      hint: 'leave one of the two out',
    })
  }
  return said({
    shares: of(flags, 'cpu-shares', (flag, text) => integerOf(flag, text, 2, 262144, 512)),
    quota: cpus === undefined ? quota : Math.round(cpus * PERIOD),
    period: cpus === undefined ? period : PERIOD,
    cpus: of(flags, 'cpuset-cpus', setOf('processors', facts.cpus)),
    mems: of(flags, 'cpuset-mems', setOf('memory nodes', facts.mems)),
  })
}

const setOf =
  (what: string, available: string) =>
  (flag: string, text: string): string => {
    const wanted = listOf(text)
    if (wanted === null || wanted.length === 0) refuse(flag, text, 'is no list', `${flag} 0-1,3`)
    const there = listOf(available) ?? []
    const missing = wanted!.find(one => !there.includes(one))
    if (missing !== undefined)
      refuse(flag, text, `there is no ${missing} among the ${what} here`, `there are ${available}`)
    return text
  }

function memoryOf(flags: Flags, { limits }: Facts, recorded: Memory = {}): Resources['memory'] {
  const limit = of(flags, 'memory', (flag, text) => {
    const bytes = bytesOf(flag, text)
    return bytes >= LEAST_MEMORY ? bytes : refuse(flag, text, 'is less than 6m: no program would start', `${flag} 64m`)
  })
  const most = limit ?? recorded.limit
  const reservation = of(flags, 'memory-reservation', bytesOf)
  if (most !== undefined && most > 0 && reservation !== undefined && reservation > most) {
    refuse('--memory-reservation', flags.one('memory-reservation')!, 'is more than --memory', 'reserve less')
  }
  return said({
    limit,
    reservation,
    swap: swapOf(flags, limit, recorded, limits.swap),
    swappiness: of(flags, 'memory-swappiness', (flag, text) => integerOf(flag, text, 0, 100, 60)),
    disableOOMKiller: flags.on('oom-kill-disable') ? true : undefined,
  })
}

/**
 * Docker's rule: who limits memory and says nothing of swap gets as much of it again. So who never spoke of it need not when
 * the limit is changed either; what was said otherwise stays.
 */
function swapOf(flags: Flags, limit: number | undefined, recorded: Memory, canLimit: boolean): number | undefined {
  const text = flags.one('memory-swap')
  if (text === undefined) {
    if (limit === undefined || !canLimit) return undefined
    const { swap = 0 } = recorded
    if (swap === 0 || swap === 2 * (recorded.limit ?? 0)) return 2 * limit
    if (swap > 0 && limit > swap) {
      refuse(
        '--memory',
        flags.one('memory')!,
        `is more than memory and swap may be together, ${swap}`,
        'add --memory-swap',
      )
    }
    return swap
  }
  if (text === '-1') return -1
  const swap = bytesOf('--memory-swap', text)
  const least = limit ?? recorded.limit ?? 0
  if (least <= 0) refuse('--memory-swap', text, 'counts memory too, and that has no limit', 'add --memory')
  if (swap < least)
    refuse(
      '--memory-swap',
      text,
      'is less than --memory: it counts both',
      `--memory-swap ${flags.one('memory') ?? least}`,
    )
  return swap
}

function unifiedOf(flags: Flags): Record<string, string> | undefined {
  const entries = flags.all('cgroup-conf').map(text => {
    const equals = text.indexOf('=')
    const file = text.slice(0, equals)
    if (equals < 0 || !/^[a-z]+\.[\w.-]+$/.test(file)) {
      refuse('--cgroup-conf', text, 'is not FILE=VALUE', '--cgroup-conf memory.high=33554432')
    }
    return [file, text.slice(equals + 1)] as const
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** `nofile=1024:2048`, `core=-1`. Docker's names are those of getrlimit(2) without what they share. */
export function rlimitsOf(flags: Flags): Rlimit[] {
  const byName = new Map<ResourceLimit, Rlimit>()
  for (const text of flags.all('ulimit')) {
    const [, name, soft, hard = soft] =
      /^([a-z]+)=(-1|unlimited|\d{1,15})(?::(-1|unlimited|\d{1,15}))?$/.exec(text) ?? []
    const type = `RLIMIT_${name?.toUpperCase()}` as ResourceLimit
    if (soft === undefined) refuse('--ulimit', text, 'is not NAME=SOFT[:HARD]', '--ulimit nofile=1024:2048')
    if (!Object.hasOwn(resourceLimits, type)) {
      const names = Object.keys(resourceLimits).map(known => known.slice('RLIMIT_'.length).toLowerCase())
      refuse('--ulimit', text, `there is no limit '${name}'`, names.join(', '))
    }
    const number = (limit: string): number => (limit === '-1' || limit === 'unlimited' ? RLIM_INFINITY : Number(limit))
    const rlimit = { type, soft: number(soft!), hard: number(hard!) }
    if (rlimit.soft > rlimit.hard)
      refuse('--ulimit', text, 'its soft limit is above the hard one', '--ulimit nofile=1024:2048')
    byName.set(type, rlimit)
  }
  return [...byName.values()]
}

export const oomScoreOf = (flags: Flags): number | undefined =>
  of(flags, 'oom-score-adj', (flag, text) => integerOf(flag, text, -1000, 1000, 500))

/** What a bucket holds when nobody says: what comes in 10 ms, and room for the largest packets that a host hands over. */
const burstOf = (rate: number): number => Math.max(32 * 1024, Math.ceil(rate / 8 / 100))

/**
 * null where nothing is said of a direction.
 * @param recorded what a running container has: the rate that a burst alone belongs to
 */
export function bandwidthOf(flags: Flags, recorded: Bandwidth = { in: null, out: null }): Bandwidth {
  const direction = (way: 'in' | 'out'): Rate | null => {
    const said = of(flags, `net-rate-${way}`, rateOf)
    const burst = of(flags, `net-burst-${way}`, bytesOf)
    const rate = said ?? (burst === undefined ? undefined : recorded[way]?.rate)
    if (rate !== undefined) return { rate, burst: burst ?? burstOf(rate) }
    if (burst !== undefined)
      refuse(`--net-burst-${way}`, flags.one(`net-burst-${way}`)!, 'is a burst of no rate', `add --net-rate-${way}`)
    return null
  }
  return { in: direction('in'), out: direction('out') }
}
