/** Without JavaScript everything that teaches is on the page: only the playing is gone. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { labs } from '#labs/index'
import { repository } from '#support/repository'
import { inEveryPlace, textOf } from '#support/site/places'
import type { CastAbout } from '../../site/.vitepress/theme/casts/about.js'
import type { EscapeData } from '../../site/.vitepress/theme/toys/escape-data.js'
import { escapeWords } from '../../site/.vitepress/theme/toys/escape-words.js'
import { act, commands, containerIn, states } from '../../site/.vitepress/theme/toys/lifecycle.js'
import type { NamespaceData } from '../../site/.vitepress/theme/toys/namespace-data.js'
import { toggles } from '../../site/.vitepress/theme/toys/namespace-data.js'
import { printsOf } from '../../site/.vitepress/theme/toys/namespaces.js'
import { mergedRows, play } from '../../site/.vitepress/theme/toys/overlay.js'
import { firstStack, presets } from '../../site/.vitepress/theme/toys/overlay-stack.js'
import type { PlanData } from '../../site/.vitepress/theme/toys/plan-data.js'
import { replay } from '../../site/.vitepress/theme/toys/registry.js'
import type { RegistryData } from '../../site/.vitepress/theme/toys/registry-data.js'
import { describe } from '../../site/.vitepress/theme/toys/registry-said.js'
import { whyOf } from '../../site/.vitepress/theme/toys/whys.js'
import { words } from '../../site/.vitepress/theme/words.js'
import { quiz as english } from '../../site/quizzes/ch2.js'
import { quiz as chinese } from '../../site/quizzes/ch2.zh.js'

const read = <T>(file: string): T => JSON.parse(fs.readFileSync(`${repository}site/${file}`, 'utf8')) as T
const registry = read<RegistryData>('data/registry.json')
const escapes = read<EscapeData>('data/escapes.json')
const scriptless = (name: string, body: Parameters<typeof inEveryPlace>[1]): void => inEveryPlace(name, body, false)

scriptless('the steps of a plan, and why each, stand there when no script runs', async place => {
  await place.go('/ch2')
  for (const [i, name] of ['ch2-container', 'ch2-userns', 'ch2-bridge'].entries()) {
    const { steps } = read<PlanData>(`data/plans/${name}.json`)
    const stepper = place.page.locator('.stepper').nth(i)
    assert.ok(await stepper.locator('.toy-no-script').isVisible(), 'it says what is missing')
    assert.equal(
      await stepper.locator('li .call code').allTextContents(),
      steps.map(({ call }) => call),
    )
    assert.equal(
      await stepper.locator('li .call small').allTextContents(),
      steps.map(({ why }) => whyOf(why, place.language)),
    )
    assert.ok(await stepper.locator('li .call small').first().isVisible())
  }
})

scriptless('the prints of a whole container stand there when no script runs', async place => {
  await place.go('/ch2')
  const explorer = place.page.locator('.explorer')
  const wanted = printsOf(read<NamespaceData>('data/namespaces.json'), new Set(toggles))
  const prints = await explorer.locator('article pre').allTextContents()
  assert.equal(
    prints.map(text => text.trimEnd()),
    wanted.map(({ text }) => text.trimEnd()),
  )
  assert.ok(await explorer.locator('.toy-no-script').isVisible())
})

scriptless('the stack, and what each preset does to it, stand there when no script runs', async place => {
  await place.go('/ch4')
  const toy = place.page.locator('.overlay')
  assert.ok(await toy.locator('.toy-no-script').isVisible())
  const names = await toy.locator('fieldset label > code').allTextContents()
  assert.is(names.length, mergedRows(firstStack.union).length)
  await toy.locator('summary').click()
  const stories = await toy.locator('.story').allTextContents()
  for (const [i, preset] of presets.entries()) {
    assert.ok(stories[i]!.includes(preset.moral[place.language]))
    for (const { typed } of play(preset).said) assert.ok(stories[i]!.includes(typed), typed)
  }
  assert.ok(await toy.locator('.story').last().isVisible())
})

scriptless('every request, and what was made of its answer, stands there when no script runs', async place => {
  await place.go('/ch5')
  const say = words[place.language].registry
  const toy = place.page.locator('.registry')
  assert.ok(await toy.locator('.toy-no-script').isVisible())
  await toy.locator('summary').last().click()
  const stories = await toy.locator('.story').allTextContents()
  for (const [i, scene] of registry.scenes.entries()) {
    for (const { verdict } of replay(scene)) assert.ok(stories[i]!.includes(describe(verdict, say)), scene.name)
  }
  assert.ok(await toy.locator('.story').last().isVisible())
})

scriptless('what each command does in each state stands there when no script runs', async place => {
  await place.go('/ch7')
  const toy = place.page.locator('.lifecycle')
  assert.ok(await toy.locator('.toy-no-script').isVisible())
  await toy.locator('summary').click()
  const stories = await toy.locator('.story').allTextContents()
  for (const [i, state] of states.entries()) {
    for (const command of commands) {
      const { error } = act(containerIn(state), command)
      assert.ok(stories[i]!.includes(command) && stories[i]!.includes(error ?? ''), `${command} of ${state}`)
    }
  }
  assert.ok(await toy.locator('.story').last().isVisible())
})

scriptless('every attack, with and without its walls, stands there when no script runs', async place => {
  await place.go('/ch7')
  const toy = place.page.locator('.escape-room')
  assert.ok(await toy.locator('.toy-no-script').isVisible())
  await toy.locator('summary').click()
  const stories = await toy.locator('.story').allTextContents()
  for (const [i, { name, tries }] of escapes.attacks.entries()) {
    assert.ok(stories[i]!.includes(escapeWords[place.language].attacks[name].found), name)
    for (const { said } of tries) assert.ok(stories[i]!.includes(said), `${name}: ${said}`)
  }
  assert.ok(await toy.locator('.story').last().isVisible())
})

scriptless('the answers of a quiz can be read when no script runs', async place => {
  await place.go('/ch2')
  const { questions } = place.language === 'en' ? english : chinese
  const details = place.page.locator('.quiz details')
  assert.is(await details.count(), questions.length)
  for (const [i, { answers }] of questions.entries()) {
    await details.nth(i).locator('summary').click()
    assert.equal(
      await details.nth(i).locator('li').allTextContents(),
      answers.map(({ text, right, because }) => `${right ? '✓' : '✗'} ${text} – ${because}`),
    )
    assert.ok(await details.nth(i).locator('li').last().isVisible())
  }
})

scriptless('the text of a cast can be read when no script runs', async place => {
  for (const [address, name] of [
    ['/ch1', 'ch1-escape'],
    ['/ch1', 'ch1-run'],
    ['/ch2', 'ch2-rootless'],
    ['/ch2', 'ch2-bridge'],
    ['/ch2', 'ch2-trace'],
    ['/ch2', 'ch2-run'],
    ['/ch3', 'ch3-limits'],
    ['/ch4', 'ch4-union'],
    ['/ch4', 'ch4-build'],
    ['/ch4', 'ch4-commit'],
    ['/ch7', 'ch7-lifecycle'],
  ] as const) {
    const about = read<CastAbout>(`casts/${name}.json`)
    await place.go(address)
    const cast = place.page.locator('.cast', { hasText: about.title[place.language] })
    await cast.locator('summary').click()
    assert.is((await cast.locator('details pre').textContent())!.trim(), about.text.trim())
    assert.ok(await cast.locator('details pre').isVisible())
    assert.not(await cast.locator('.markers').isVisible(), 'nothing to press that does nothing')
    assert.not(await cast.getByRole('button', { name: words[place.language].cast.play }).count())
  }
})

scriptless('figures, code, lists and tables stand there when no script runs', async place => {
  const { page } = place
  await place.go('/')
  const figure = page.locator('.vp-doc figure img')
  assert.ok((await figure.getAttribute('alt'))!.length > 20)
  const width = await figure.evaluate(image => image.naturalWidth)
  assert.ok(Number(width) > 0, 'the picture is there')
  assert.ok(await page.locator('main h1').isVisible())
  await place.go('/ch2')
  assert.ok((await textOf(page.locator('.reading-time'))).length > 5)
  assert.ok((await page.locator('.chapter-diff li').count()) > 10)
  assert.ok((await page.locator('.vp-doc pre code .line').count()) > 200)
  await place.go('/labs/')
  assert.is(await page.locator('.vp-doc li:has(code) > a[href*="/labs/ch"]').count(), labs.length)
  await place.go('/reference/ops')
  assert.ok((await textOf(page.locator('.vp-doc'))).includes('pivot_root'))
})

test.run()
