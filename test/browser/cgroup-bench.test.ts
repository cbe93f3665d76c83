/** The cgroup bench: each slider, by the keyboard and by the mouse, changes the command, the curve and what is said of it. */

import * as fs from 'node:fs'
import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '#support/repository'
import { alive, inEveryPlace, type Language, type Place, textOf } from '#support/site/places'
import {
  axesOf,
  type Choice,
  curveOf,
  firstChoice,
  flagsOf,
  indexOf,
  linePath,
  outcomeOf,
  runOf,
  unitOf,
  writesOf,
} from '../../site/.vitepress/theme/toys/cgroup-bench.js'
import {
  type CgroupData,
  positions,
  type Resource,
  resources,
  stepMs,
} from '../../site/.vitepress/theme/toys/cgroup-data.js'
import { words } from '../../site/.vitepress/theme/words.js'

const data = JSON.parse(fs.readFileSync(`${repository}site/data/cgroups.json`, 'utf8')) as CgroupData

interface Shown {
  readonly command: string
  readonly panels: readonly {
    readonly unit: string
    readonly spoken: string | null
    readonly here: string
    readonly write: string
    readonly outcome: string
    readonly drawn: string | null
  }[]
}

async function shownBy(bench: Locator): Promise<Shown> {
  const panels = resources.map(async resource => {
    const panel = bench.locator(`article.${resource}`)
    return {
      unit: await textOf(panel.locator('output')),
      spoken: await panel.locator('input').getAttribute('aria-valuetext'),
      here: await textOf(panel.locator('.positions .here')),
      write: await textOf(panel.locator('.writes > code')),
      outcome: await textOf(panel.locator('.outcome')),
      drawn: await panel.locator('svg .line').getAttribute('d'),
    }
  })
  return { command: await textOf(bench.locator('.command code')), panels: await Promise.all(panels) }
}

const wanted = (choice: Choice, language: Language): Shown => ({
  command: `$ mini-docker ch3 run ${flagsOf(choice).join(' ')}`,
  panels: resources.map(resource => {
    const limit = choice[resource]
    const { v2 } = writesOf(data, resource, limit)
    const run = runOf<CgroupData[Resource][number]>(data[resource], limit)
    return {
      unit: unitOf(resource, limit),
      spoken: unitOf(resource, limit),
      here: String(limit),
      write: `${v2.file} ← ${v2.data}`,
      outcome: outcomeOf(data, words[language].bench, resource, limit),
      drawn: linePath(axesOf[resource], stepMs, curveOf(resource, run)),
    }
  }),
})

async function open(place: Place): Promise<Locator> {
  await place.go('/ch3')
  return alive(place.page.locator('.bench'))
}

inEveryPlace('every position of each slider shows its run when arrow keys are pressed', async place => {
  const { language } = place
  const bench = await open(place)
  assert.equal(await shownBy(bench), wanted(firstChoice, language))
  for (const resource of resources) {
    const slider = bench.getByRole('slider', { name: words[language].bench.sliders[resource] })
    await slider.press('Home')
    for (const [i, limit] of positions[resource].entries()) {
      if (i > 0) await slider.press('ArrowRight')
      assert.equal(
        await shownBy(bench),
        wanted({ ...firstChoice, [resource]: limit }, language),
        `${resource} ${limit}`,
      )
    }
    const steps = positions[resource].length - 1 - indexOf(resource, firstChoice[resource])
    for (let i = 0; i < steps; i++) await slider.press('ArrowLeft')
    assert.equal(await shownBy(bench), wanted(firstChoice, language), `${resource} is back`)
  }
})

inEveryPlace('a slider goes to its ends when they are clicked', async place => {
  const bench = await open(place)
  for (const resource of resources) {
    const slider = bench.locator(`article.${resource} input`)
    const { width, height } = (await slider.boundingBox())!
    await slider.click({ position: { x: width - 3, y: height / 2 } })
    assert.equal(
      await shownBy(bench),
      wanted({ ...firstChoice, [resource]: positions[resource].at(-1)! }, place.language),
      resource,
    )
    await slider.click({ position: { x: 3, y: height / 2 } })
    const lowest = { ...firstChoice, [resource]: positions[resource][0]! }
    assert.equal(await shownBy(bench), wanted(lowest, place.language), resource)
    const { killed } = words[place.language].bench.keys
    assert.is(await textOf(bench.locator(`article.${resource} .end`)), resource === 'memory' ? killed : '')
    await slider.press('Home')
    for (let i = 0; i < indexOf(resource, firstChoice[resource]); i++) await slider.press('ArrowRight')
  }
})

inEveryPlace('the table says all positions when it is opened', async place => {
  const bench = await open(place)
  const say = words[place.language].bench
  const cell = bench.getByRole('cell', { name: outcomeOf(data, say, 'memory', 16), exact: true })
  assert.not(await cell.isVisible())
  await bench.locator('summary').press('Enter')
  assert.ok(await cell.isVisible())
  assert.is(await bench.locator('tbody tr').count(), resources.flatMap(resource => positions[resource]).length)
  assert.is(await bench.locator('tbody tr.here').count(), resources.length)
})

test.run()
