/** The registry explorer: each scene, and each of its requests, shows what the client's functions make of it. */

import * as fs from 'node:fs'
import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '#support/repository'
import { alive, becomes, inEveryPlace, type Place, textOf } from '#support/site/places'
import { isPush, replay } from '../../site/.vitepress/theme/toys/registry.js'
import type { RegistryData } from '../../site/.vitepress/theme/toys/registry-data.js'
import { describe, shortDigest } from '../../site/.vitepress/theme/toys/registry-said.js'
import { words } from '../../site/.vitepress/theme/words.js'

const { scenes } = JSON.parse(fs.readFileSync(`${repository}site/data/registry.json`, 'utf8')) as RegistryData

async function open(place: Place): Promise<Locator> {
  await place.go('/ch5')
  return alive(place.page.locator('.registry'))
}

inEveryPlace('every request shows what was made of its answer when it is stepped to', async place => {
  const toy = await open(place)
  const say = words[place.language].registry
  const next = toy.getByRole('button', { name: say.next })
  for (const scene of scenes) {
    await toy.getByRole('radio', { name: say.scenes[scene.name].title, exact: true }).check()
    const steps = replay(scene)
    assert.is(await toy.locator('.requests label').count(), steps.length)
    for (const [i, step] of steps.entries()) {
      if (i > 0) await next.click()
      await becomes(describe(step.verdict, say), () => textOf(toy.locator('.verdict')), `${scene.name} ${i}`)
      const digests = await toy.locator('.what code').allTextContents()
      assert.equal(
        digests,
        step.parts.map(({ digest }) => shortDigest(digest)),
      )
    }
    assert.ok(await next.isDisabled())
    const end = await textOf(toy.locator('.moral'))
    assert.ok(end.includes(say.scenes[scene.name].moral))
    if (scene.error !== null) assert.ok(end.includes(scene.error))
    assert.ok((await textOf(toy)).includes(isPush(scene) ? say.parts.push : say.parts.pull))
  }
})

inEveryPlace('a request is shown when it is chosen in the list or by the slider', async place => {
  const toy = await open(place)
  const say = words[place.language].registry
  const steps = replay(scenes[0]!)
  await toy.locator('.requests label').nth(4).click()
  await becomes(say.stepOf(5, steps.length), () => textOf(toy.locator('.of')), 'the list')
  await toy.getByRole('slider', { name: say.slider }).press('ArrowRight')
  await becomes(say.stepOf(6, steps.length), () => textOf(toy.locator('.of')), 'the slider')
  await toy.getByRole('button', { name: say.previous }).click()
  await becomes(say.stepOf(5, steps.length), () => textOf(toy.locator('.of')), 'back')
})

test.run()
