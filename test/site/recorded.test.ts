/** What the site shows is what a run gives: everything is recorded again, and compared with what is stored. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findStage } from '#core/exec/native'
import { mark } from '#support/record/located'
import { missingForMachine, recordOn } from '#support/record/machine'
import { repository } from '#support/repository'
import { type NamespaceData, type Toggle, toggles } from '../../site/.vitepress/theme/toys/namespace-data.js'
import type { PlanData } from '../../site/.vitepress/theme/toys/plan-data.js'

const missing = missingForMachine() ?? (findStage() === null ? 'native' : null)
const recorded = (name: string, body: () => void): void =>
  missing === null ? test(name, body) : test(name, () => console.log(`\nskipped: ${name}: needs ${missing}`))

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
  const names = fs.readdirSync(`${site}/data/plans`).sort()
  assert.equal(fs.readdirSync(`${into}/data/plans`).sort(), names)
  for (const name of names) {
    assert.equal(
      withoutTimes(read(`${into}/data/plans/${name}`)),
      withoutTimes(read(`${site}/data/plans/${name}`)),
      name,
    )
  }
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
  const names = fs.readdirSync(`${site}/casts`).sort()
  assert.equal(fs.readdirSync(`${into}/casts`).sort(), names)
  for (const name of names) assert.is(read(`${into}/casts/${name}`), read(`${site}/casts/${name}`), name)
})

test('an op says where it stands when a source is marked', () => {
  const source = "const at = 1\nexport const step = {\n  op: 'chroot',\n  path: '/',\n}\ntype T = { op: 'x' }\n"
  const marked = mark(source, 'a.ts')
  assert.match(marked, /opWrittenAt: ".*a\.ts.*\\"line\\":3.*", op: 'chroot'/)
  assert.is(marked.split('opWrittenAt').length, 2)
})

test.run()
