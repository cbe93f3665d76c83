/** The cgroup bench: what was recorded is what limits do, whatever the machine's speed; and the page says so without a script. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTheme, textOf } from '#support/record/rendered'
import { isAlike, settled } from '#support/record/settled'
import { repository } from '#support/repository'
import {
  aboutOf,
  areaPath,
  axesOf,
  curveOf,
  firstChoice,
  flagsOf,
  isKilled,
  linePath,
  outcomeOf,
  runOf,
  stillIn,
  totalOf,
  unitOf,
  wantedBeside,
  writesOf,
} from '../../site/.vitepress/theme/toys/cgroup-bench.js'
import {
  type CgroupData,
  positions,
  resources,
  stepMs,
  workload,
} from '../../site/.vitepress/theme/toys/cgroup-data.js'
import { words } from '../../site/.vitepress/theme/words.js'

const path = `${repository}site/data/cgroups.json`
const data = JSON.parse(fs.readFileSync(path, 'utf8')) as CgroupData
const { cpuMs, periodMs, fileMiB, ownMiB, forks } = workload
const say = words.en.bench

test('the recorded curves are smaller than 60 kB when a page loads them', () => {
  assert.ok(fs.statSync(path).size < 60_000)
})

test('there is a run of the programs as they are now when a slider is moved', () => {
  assert.equal([data.workload, data.stepMs], [workload, stepMs])
  for (const resource of resources) {
    assert.equal(
      data[resource].map(({ limit }) => limit),
      positions[resource],
    )
  }
})

test('the time that was used is the quota of each period when it is less than a processor', () => {
  for (const { limit, used, tookMs, periods, throttled, throttledMs } of data.cpu) {
    assert.ok(Math.abs(used.at(-1)! - cpuMs) <= 12, `${limit} %: all of the work is done`)
    assert.equal(
      [...used].sort((a, b) => a - b),
      [...used],
      `${limit} %: time is never given back`,
    )
    // the last period is not waited for
    const least = (cpuMs / limit) * 100 - periodMs
    assert.ok(tookMs >= least * 0.95 && tookMs <= (least + periodMs) * 1.25, `${limit} %: ${tookMs} ms`)
    if (limit === 100) assert.equal([throttled, throttledMs], [0, 0])
    else {
      assert.ok(periods - throttled <= 2, `${limit} %: ${throttled} of ${periods} periods`)
      const share = throttledMs / tookMs
      assert.ok(Math.abs(share - (1 - limit / 100)) < 0.12, `${limit} %: waits ${share} of the time`)
    }
  }
})

test('a curve stands still once a period when it is throttled', () => {
  for (const { limit, used, throttled } of data.cpu) {
    if (limit > 50) continue // what is too short for the grid is not seen
    assert.ok(Math.abs(stillIn(used).length - throttled) <= 2, `${limit} %`)
  }
})

test('the program is killed exactly when the limit is below the memory of its own', () => {
  for (const run of data.memory) {
    const { limit, own, said, exit, reclaimed } = run
    assert.is(isKilled(run), limit < ownMiB, `${limit} MiB`)
    assert.is(exit, limit < ownMiB ? 137 : 0)
    assert.is(said, limit < ownMiB ? `mini-docker: killed: memory limit ${limit}MiB reached` : '')
    assert.ok(Math.max(...totalOf(run)) <= limit + 0.5, `${limit} MiB: never more than the limit`)
    assert.is(reclaimed, limit < fileMiB + ownMiB, `${limit} MiB: pages are taken back only when there is need`)
    if (limit >= ownMiB) assert.ok(Math.abs(own.at(-1)! - ownMiB) <= 2, `${limit} MiB: its own stays`)
  }
})

test('the file cache makes way for memory of its own when there is not room for both', () => {
  for (const { limit, cache } of data.memory) {
    const left = Math.min(fileMiB, Math.max(0, limit - ownMiB))
    assert.ok(Math.abs(cache.at(-1)! - left) <= 3, `${limit} MiB: ${cache.at(-1)} of ${left}`)
    assert.ok(Math.abs(Math.max(...cache) - Math.min(limit, fileMiB)) <= 3, `${limit} MiB: it has what there is first`)
  }
})

test('a fork fails exactly when there are as many processes as the limit says', () => {
  for (const { limit, forked, refused, counted, current } of data.pids) {
    assert.equal([forked, refused], [Math.min(forks, limit - 1), Math.max(0, forks - limit + 1)], `${limit}`)
    assert.is(counted, refused, `${limit}: the kernel counted them, too`)
    assert.is(Math.max(...current), forked + 1)
  }
})

test('a curve fits into its chart when it is drawn', () => {
  for (const resource of resources) {
    const { ms, most } = axesOf[resource]
    for (const run of data[resource]) {
      const curve = curveOf(resource, run)
      assert.ok((curve.length - 1) * stepMs <= ms, `${resource} ${run.limit}: ${curve.length} points`)
      assert.ok(Math.max(...curve, resource === 'cpu' ? 0 : run.limit) <= most, `${resource} ${run.limit}`)
    }
  }
})

test('a path goes from point to point when values are drawn', () => {
  const axes = { ms: 20, most: 10, ticksMs: [], ticks: [] }
  assert.is(linePath(axes, 10, [0, 5, 10]), 'M0 100L500 50L1000 0')
  assert.is(areaPath(axes, 10, [10, 10]), 'M0 0L500 0L500 100L0 100Z')
  assert.equal(stillIn([0, 4, 4, 4, 8, 8, 9, 9, 9, 9, 10]), [
    [1, 3],
    [6, 9],
  ])
  const [free, held] = [
    { limit: 64, current: [1, 2, 3], forked: 2, refused: 0, counted: 0 },
    { limit: 2, current: [1, 2, 2, 2], forked: 1, refused: 1, counted: 1 },
  ]
  assert.equal(wantedBeside({ pids: [held, free] }, held), [1, 2, 3, 3])
})

test('the command and the files say the same limit when it is chosen', () => {
  assert.equal(flagsOf(firstChoice), ['--cpus 0.25', '--memory 64m', '--pids-limit 16'])
  assert.equal(writesOf(data, 'cpu', 25), {
    v2: { file: 'cpu.max', data: '25000 100000' },
    v1: { file: 'cpu.cfs_quota_us', data: '25000' },
  })
  assert.is(writesOf(data, 'memory', 64).v1.data, '67108864')
  assert.is(unitOf('cpu', 25), '25 %')
})

test('the outcome says who was killed, throttled or refused when a limit is low', () => {
  assert.match(outcomeOf(data, say, 'memory', 32), /killed, exit code 137/)
  assert.match(outcomeOf(data, say, 'memory', 64), /^Of 40 MiB of file cache 2\d MiB are left/)
  assert.match(outcomeOf(data, say, 'memory', 128), /^At most 8\d MiB/)
  assert.match(outcomeOf(data, say, 'cpu', 100), /nothing is throttled/)
  assert.match(outcomeOf(data, say, 'pids', 8), /^7 children, 8 processes with itself\..* 33 times EAGAIN/)
  assert.throws(() => runOf(data.cpu, 33), /no run with 33/)
})

test('a recording stays when a new one differs by noise and goes when it differs by more', () => {
  assert.ok(isAlike({ used: [0, 10, 20], limit: 25 }, { used: [0, 12, 20], limit: 25 }))
  assert.not(isAlike({ used: [0, 10, 20] }, { used: [0, 30, 40] }))
  assert.not(isAlike({ said: 'killed' }, { said: '' }))
  const noisy = { ...data, cpu: data.cpu.map(run => ({ ...run, tookMs: run.tookMs + 1 })) }
  assert.equal(settled(data, noisy), data)
  const other = { ...data, pids: data.pids.map(run => ({ ...run, forked: run.forked + 9 })) }
  assert.equal(settled(data, other), other)
})

for (const lang of ['en-US', 'zh-CN'] as const) {
  test(`every outcome stands in a table, and a chart for each limit, when there is no script (${lang})`, async () => {
    const own = words[lang === 'zh-CN' ? 'zh' : 'en'].bench
    const theme = await openTheme(lang)
    try {
      const html = await theme.render('CgroupBench')
      const text = textOf(html)
      assert.ok(text.includes(aboutOf(data, own)))
      for (const resource of resources) {
        for (const limit of positions[resource]) {
          assert.ok(text.includes(outcomeOf(data, own, resource, limit)), `${resource} ${limit}`)
        }
      }
      assert.is(html.match(/<svg/g)?.length, 3)
      assert.is(html.match(/<input[^>]*type="range"[^>]*disabled/g)?.length, 3)
      assert.not(html.includes('undefined') || html.includes('NaN'))
    } finally {
      await theme.close()
    }
  })
}

test.run()
