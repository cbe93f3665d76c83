/** ch3 update as a plan: which files are written, in which order, and what takes it back; nothing is written. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { liveFlags } from '#chapters/ch3-cgroups/flag-table'
import { bandwidthOf, resourcesOf } from '#chapters/ch3-cgroups/flags'
import { ch3 } from '#chapters/ch3-cgroups/index'
import { performAllOrNone } from '#chapters/ch3-cgroups/live/all-or-none'
import { inOrder, putBack, type Write, withChanges, writesFor } from '#chapters/ch3-cgroups/live/changes'
import { reshape } from '#chapters/ch3-cgroups/live/reshape'
import { parseFlags } from '#core/cli/flags'
import type { HostStep } from '#core/plan/step'
import type { Resources, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'

const MiB = 2 ** 20
const spec = (resources: Resources): Spec => ({
  ...ch3.examples.group!,
  linux: { ...ch3.examples.group!.linux, resources },
})
const flagsOf = (...argv: string[]) => parseFlags('ch3 update', liveFlags, argv, true).flags
const leaf = ({ path }: { readonly path: string }): string => path.slice(path.lastIndexOf('/') + 1)

/** `file=data`, of what an update by these flags writes. */
function written(
  host: 'v1' | 'v2',
  recorded: Resources,
  argv: readonly string[],
  now: Readonly<Record<string, string>> = {},
): string[] {
  const facts = cannedFacts[host]
  const changed = resourcesOf(flagsOf(...argv), facts, recorded)
  const current = (path: string): string | null => now[leaf({ path })] ?? null
  return inOrder(writesFor(spec(recorded), changed, facts), current).map(step => `${leaf(step)}=${step.data}`)
}

test('a quota keeps the period of the record when only that is given', () => {
  const recorded = { cpu: { quota: 10000, period: 20000, shares: 512 } }
  assert.equal(written('v2', recorded, ['--cpu-quota', '5000']), ['cpu.max=5000 20000'])
  assert.equal(written('v1', recorded, ['--cpu-quota', '5000']), ['cpu.cfs_period_us=20000', 'cpu.cfs_quota_us=5000'])
  assert.equal(written('v2', recorded, ['--cpu-period', '50000']), ['cpu.max=10000 50000'])
  assert.equal(written('v2', recorded, ['--cpus', '0.25']), ['cpu.max=25000 100000'])
})

test('only what was named is written when other limits are recorded', () => {
  const recorded = { cpu: { shares: 512, cpus: '0' }, memory: { limit: 64 * MiB, swap: 128 * MiB }, pids: { limit: 9 } }
  assert.equal(written('v2', recorded, ['--pids-limit', '50']), ['pids.max=50'])
  assert.equal(written('v1', recorded, ['--pids-limit', '-1']), ['pids.max=max'])
  assert.equal(written('v1', recorded, ['--cpu-shares', '1024']), ['cpu.shares=1024'])
  assert.equal(written('v2', recorded, ['--cpu-shares', '1024']), ['cpu.weight=100'])
  assert.equal(written('v2', recorded, ['--blkio-weight', '10', '--cpuset-cpus', '1']), [
    'cpuset.cpus=1',
    'io.weight=1',
  ])
})

test('swap follows memory as at the start when nobody spoke of it, and stays when somebody did', () => {
  const memory = (limit: number, swap: number) => ({ memory: { limit: limit * MiB, swap: swap * MiB } })
  assert.equal(written('v2', memory(64, 128), ['-m', '32m']), [`memory.max=${32 * MiB}`, `memory.swap.max=${32 * MiB}`])
  assert.equal(written('v2', memory(64, 100), ['-m', '80m']), [`memory.max=${80 * MiB}`, `memory.swap.max=${20 * MiB}`])
  assert.equal(written('v2', { memory: { limit: 64 * MiB, swap: -1 } }, ['-m', '80m']).at(-1), 'memory.swap.max=max')
  assert.equal(written('v2', memory(64, 128), ['--memory-swap', '64m']).at(-1), 'memory.swap.max=0')
  assert.throws(() => written('v2', memory(64, 100), ['-m', '101m']), /is more than memory and swap may be together/)
  assert.throws(() => written('v2', memory(64, 128), ['--memory-swap', '63m']), /less than --memory/)
  assert.throws(() => written('v2', {}, ['--memory-swap', '63m']), /counts memory too/)
  assert.throws(() => written('v2', memory(64, 128), ['--memory-reservation', '65m']), /more than --memory/)
})

/** v1's own rule: memory alone never above both together. @returns whether every write was taken */
function takes(writes: readonly string[], limit: number, both: number): boolean {
  const now = { 'memory.limit_in_bytes': limit, 'memory.memsw.limit_in_bytes': both }
  return writes.every(write => {
    const [file, data] = write.split('=') as [keyof typeof now, string]
    now[file] = data === '-1' ? Number.POSITIVE_INFINITY : Number(data)
    return now['memory.limit_in_bytes'] <= now['memory.memsw.limit_in_bytes']
  })
}

test('each write is one that v1 takes when both limits go from anywhere to anywhere', () => {
  const mib = fc.integer({ min: 6, max: 2000 })
  fc.assert(
    fc.property(mib, fc.nat(2000), mib, fc.nat(2000), fc.boolean(), (from, more, to, toMore, unlimited) => {
      const recorded = { limit: from * MiB, swap: (from + more) * MiB }
      const now = unlimited ? 2 ** 63 - 2 ** 12 : recorded.swap
      const writes = written('v1', { memory: recorded }, ['-m', `${to}m`, '--memory-swap', `${to + toMore}m`], {
        'memory.memsw.limit_in_bytes': `${now}\n`,
      })
      assert.is(writes.length, 2)
      assert.ok(takes(writes, recorded.limit, now), writes.join())
    }),
  )
})

test('the quota goes first when a shorter period would make the old one more than either', () => {
  const now = { 'cpu.cfs_quota_us': '50000\n', 'cpu.cfs_period_us': '100000\n' }
  const order = (...argv: string[]) => written('v1', {}, argv, now).map(write => write.split('=')[0])
  const quota = ['--cpu-quota', '5000']
  assert.equal(order('--cpu-period', '10000', ...quota), ['cpu.cfs_quota_us', 'cpu.cfs_period_us'])
  assert.equal(order('--cpu-period', '200000', '--cpu-quota', '90000'), ['cpu.cfs_period_us', 'cpu.cfs_quota_us'])
})

test('the record says what the kernel was told when limits were changed', () => {
  const before = spec({
    cpu: { shares: 2, quota: 9 },
    memory: { limit: 5, swap: 10 },
    pids: { limit: 3 },
    devices: [{ allow: true }],
  })
  const after = withChanges(before, { cpu: { quota: 7 }, memory: { limit: 6 }, blockIO: { weight: 20 } })
  assert.equal(after.linux!.resources, {
    cpu: { shares: 2, quota: 7 },
    memory: { limit: 6, swap: 10 },
    pids: { limit: 3 },
    blockIO: { weight: 20 },
    devices: [{ allow: true }],
  })
})

const write = (file: string, data: string): Write => ({
  op: 'write_cgroup',
  phase: 'prepare',
  by: 'test',
  path: `/cgroup/${file}`,
  data,
  asked: `--${file}`,
  why: 'test',
})

test('all is as it was when one of many writes is refused', () => {
  const names = ['a', 'b', 'c', 'd']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { minLength: 1 }), fc.nat(), (files, seed) => {
      const before = Object.fromEntries(names.map(name => [`/cgroup/${name}`, `old ${name}\nmore`]))
      const world: Record<string, string> = Object.fromEntries(
        Object.entries(before).map(([path, all]) => [path, all.split('\n')[0]!]),
      )
      const now = { ...world }
      const bad = seed % files.length
      const changes = [...new Set(files)].map((file, i) => ({
        step: write(file, i === bad % new Set(files).size ? 'BAD' : `new ${i}`),
        back: putBack(write(file, ''), path => before[path] ?? null),
      }))
      const perform = (step: HostStep): void => {
        assert.ok(step.op === 'write_cgroup')
        if (step.data === 'BAD') throw Object.assign(new Error('EINVAL: no'), { code: 'EINVAL' })
        now[step.path] = step.data
      }
      assert.throws(
        () => performAllOrNone(changes, perform, () => assert.unreachable()),
        /--[abcd]: 'BAD' to '\/cgroup\/[abcd]': EINVAL/,
      )
      assert.equal(now, world)
    }),
  )
})

test('what cannot be taken back is told, and the first error stands, when taking back fails too', () => {
  const changes = ['a', 'b'].map(file => ({ step: write(file, 'new'), back: write(file, 'old') }))
  const warned: unknown[] = []
  const perform = (step: HostStep): void => {
    const { path, data } = step as Write
    if (path === '/cgroup/b' || data === 'old') throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' })
  }
  assert.throws(() => performAllOrNone(changes, perform, error => warned.push(error)), /--b: 'new'/)
  assert.is(warned.length, 1)
})

function linesOf(step: HostStep | null): readonly string[] {
  assert.ok(step?.op === 'tc_batch')
  return step.lines
}

test('the queues of both ends are replaced, and given back, when rates are changed', () => {
  const rates = bandwidthOf(flagsOf('--net-rate-in', '8mbit', '--net-rate-out', '1mbit'))
  const recorded = { in: { rate: 5e6, burst: 32768 }, out: null }
  const [inwards, outwards] = reshape('web', 'mdx', rates, recorded)
  assert.match(linesOf(inwards!.step)[0]!, /^qdisc replace dev mdx root tbf rate 8000000bit burst 32768b/)
  assert.match(linesOf(inwards!.back)[0]!, /^qdisc replace dev mdx root tbf rate 5000000bit/)
  assert.match(linesOf(outwards!.step)[0]!, /^qdisc replace dev eth0 root tbf rate 1000000bit/)
  assert.equal(linesOf(outwards!.back), ['qdisc del dev eth0 root'])
  assert.equal((outwards!.step as { netns: unknown }).netns, { of: 'init' })
  assert.throws(() => reshape('web', null, rates, recorded), /--net-rate-in: container 'web' has no cable/)
  assert.equal(reshape('web', null, { in: null, out: null }, recorded), [])
})

test('a burst belongs to the recorded rate when no other is given', () => {
  const recorded = { in: { rate: 5e6, burst: 32768 }, out: null }
  assert.equal(bandwidthOf(flagsOf('--net-burst-in', '64k'), recorded).in, { rate: 5e6, burst: 65536 })
  assert.throws(() => bandwidthOf(flagsOf('--net-burst-out', '64k'), recorded), /burst of no rate/)
})

test('flags may follow names when a command takes no other', () => {
  const { flags, rest } = parseFlags('x', liveFlags, ['web', '--cpus', '0.5', 'db', '--', '--odd'], true)
  assert.equal([flags.one('cpus'), rest], ['0.5', ['web', 'db', '--odd']])
  assert.equal(parseFlags('x', liveFlags, ['web', '--cpus', '0.5']).rest, ['web', '--cpus', '0.5'])
})

test.run()
