/** What the site shows is what a run gives: everything is recorded again, and compared with what is stored. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findStage } from '#core/exec/native'
import { which } from '#core/sys/probe'
import { mark } from '#support/record/located'
import { missingForMachine, recordOn } from '#support/record/machine'
import { missingForCgroups } from '#support/record/own-cgroups'
import { repository } from '#support/repository'
import type { CgroupData } from '../../site/.vitepress/theme/toys/cgroup-data.js'
import { type NamespaceData, type Toggle, toggles } from '../../site/.vitepress/theme/toys/namespace-data.js'
import type { PlanData } from '../../site/.vitepress/theme/toys/plan-data.js'

const missing = missingForMachine() ?? (findStage() === null ? 'native' : null)
const recorded = (name: string, body: () => void, lacking = missing): void =>
  lacking === null ? test(name, body) : test(name, () => console.log(`\nskipped: ${name}: needs ${lacking}`))
const withLimits = missing ?? missingForCgroups()
const isOfLimits = (name: string): boolean => /^ch[37]-/.test(name)

const into = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-recorded-`)
fs.chmodSync(into, 0o755)
test.after(() => fs.rmSync(into, { recursive: true }))

const site = `${repository}site`
const read = (path: string): string => fs.readFileSync(path, 'utf8')
const withoutTimes = (text: string): PlanData => {
  const plan = JSON.parse(text) as PlanData
  return { ...plan, steps: plan.steps.map(step => ({ ...step, micros: 0 })) }
}

recorded('the plans are those on the site when they are performed again', () => {
  recordOn({ what: ['plans'], into })
  // who has no limits to set is told so below
  const names = fs
    .readdirSync(`${site}/data/plans`)
    .filter(name => withLimits === null || name !== 'ch3-limits-v1.json')
    .sort()
  assert.equal(fs.readdirSync(`${into}/data/plans`).sort(), names)
  for (const name of names) {
    assert.equal(
      withoutTimes(read(`${into}/data/plans/${name}`)),
      withoutTimes(read(`${site}/data/plans/${name}`)),
      name,
    )
  }
})

recorded(
  'limits do what the site says when the programs run under some of them again',
  () => {
    recordOn({ what: ['cgroups'], into, sample: 1 })
    const stored = JSON.parse(read(`${site}/data/cgroups.json`)) as CgroupData
    const { cpu, memory, pids } = JSON.parse(read(`${into}/data/cgroups.json`)) as CgroupData
    for (const { limit, throttled, periods } of cpu) assert.ok(throttled >= periods - 2, `${limit} %`)
    assert.equal(
      memory.map(({ limit, exit, said, reclaimed }) => ({ limit, exit, said, reclaimed })),
      stored.memory
        .filter(({ limit }) => memory.some(run => run.limit === limit))
        .map(({ limit, exit, said, reclaimed }) => ({ limit, exit, said, reclaimed })),
    )
    for (const { limit, forked, refused, counted } of pids) {
      const { current: _, ...run } = stored.pids.find(one => one.limit === limit)!
      assert.equal({ limit, forked, refused, counted }, run)
    }
  },
  withLimits ?? (which('musl-gcc') === null ? 'musl-gcc' : null),
)

recorded('a pull and a push go as the site says when they are made again', () => {
  recordOn({ what: ['registry'], into })
  assert.equal(JSON.parse(read(`${into}/data/registry.json`)), JSON.parse(read(`${site}/data/registry.json`)))
})

interface Sample {
  readonly key: string
  readonly pieces: readonly { readonly typed: string; readonly text: string }[]
}

recorded('a random choice of namespaces prints what the site says when it is run', () => {
  recordOn({ what: ['namespaces'], into, sample: 24 })
  const { prints, texts } = JSON.parse(read(`${site}/data/namespaces.json`)) as NamespaceData
  for (const { key, pieces } of JSON.parse(read(`${into}/namespaces-sample.json`)) as Sample[]) {
    const on = new Set(key.split('+')) as ReadonlySet<Toggle>
    assert.is(pieces.length, prints.length)
    pieces.forEach(({ typed, text }, i) => {
      const { depends, outputs } = prints[i]!
      const of = toggles.filter(toggle => depends.includes(toggle) && on.has(toggle)).join('+')
      assert.is(text, texts[outputs[of]!], `${typed} with ${key}`)
    })
  }
})

recorded('the sessions are those on the site when they are typed again', () => {
  recordOn({ what: ['casts'], into })
  const names = fs
    .readdirSync(`${site}/casts`)
    .filter(name => withLimits === null || !isOfLimits(name))
    .sort()
  assert.equal(fs.readdirSync(`${into}/casts`).sort(), names)
  const lines = (place: string, name: string): readonly string[] => [
    name,
    ...read(`${place}/casts/${name}`).split('\n'),
  ]
  for (const name of names) assert.equal(lines(into, name), lines(site, name))
})

test('an op says where it stands when a source is marked', () => {
  const source = "const at = 1\nexport const step = {\n  op: 'chroot',\n  path: '/',\n}\ntype T = { op: 'x' }\n"
  const marked = mark(source, 'a.ts')
  assert.match(marked, /opWrittenAt: ".*a\.ts.*\\"line\\":3.*", op: 'chroot'/)
  assert.is(marked.split('opWrittenAt').length, 2)
})

test.run()
