/** The stepper, stepped through: by its buttons, its slider, its list and its keys. */

import * as fs from 'node:fs'
import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '#support/repository'
import { alive, becomes, inEveryPlace, type Place, textOf } from '#support/site/places'
import { changedNamespaces, isNewAgainst, mountsMarked, statesOf } from '../../site/.vitepress/theme/toys/plan.js'
import type { PlanData, State } from '../../site/.vitepress/theme/toys/plan-data.js'
import { words } from '../../site/.vitepress/theme/words.js'

const plan = (name: string): PlanData =>
  JSON.parse(fs.readFileSync(`${repository}site/data/plans/${name}.json`, 'utf8')) as PlanData
const chroot = plan('ch1-shell')
const container = plan('ch2-container')
const ofCh2 = [container, plan('ch2-userns'), plan('ch2-bridge')]

interface Shown {
  readonly count: string
  readonly call: string
  readonly flags: readonly string[]
  readonly kinds: readonly string[]
  readonly mounts: number
  readonly row: string
}

/** What stands there after each press of "next", from the first step to the last. */
const walk = (stepper: Locator): Promise<Shown[]> =>
  stepper.evaluate(async section => {
    const texts = (selector: string): string[] =>
      [...section.querySelectorAll(selector)].map(element => element.textContent.trim())
    const next = section.querySelector('.next')
    const seen: Shown[] = []
    while (!next.disabled) {
      next.click()
      await new Promise(done => setTimeout(done))
      seen.push({
        count: texts('.count')[0]!,
        call: texts('.step .call')[0]!,
        flags: texts('.step th code:first-child'),
        kinds: texts('.kinds .fresh strong'),
        mounts: texts('.mounts .fresh code').length,
        row: texts('[aria-current=step] code')[0]!,
      })
    }
    return seen
  })

function expected({ steps, ...data }: PlanData): Shown[] {
  const states = statesOf({ steps, ...data })
  return steps.map(({ call, flags }, i) => {
    const [before, after] = [states[i]!, states[i + 1]!] as [State, State]
    return {
      count: `${i + 1} / ${steps.length}`,
      call,
      flags,
      kinds: [...changedNamespaces(before, after)],
      mounts: mountsMarked(before, after).filter(({ fresh }) => fresh).length,
      row: call,
    }
  })
}

const steppers = (place: Place): Locator => place.page.locator('.stepper')

inEveryPlace('each step shows its call, its flags and what it changed when a plan is stepped through', async place => {
  await place.go('/ch1')
  assert.equal(await walk(await alive(steppers(place))), expected(chroot))
  await place.go('/ch2')
  for (const [i, data] of ofCh2.entries()) {
    const stepper = await alive(steppers(place).nth(i))
    assert.is(await textOf(stepper.locator('.title code')), data.command)
    assert.equal(await walk(stepper), expected(data), data.name)
  }
})

inEveryPlace('what ch1 has not is marked when ch2 shows its plans', async place => {
  await place.go('/ch1')
  assert.is(await steppers(place).locator('li b').count(), 0)
  await place.go('/ch2')
  for (const [i, data] of ofCh2.entries()) {
    const marked = await steppers(place).nth(i).locator('li:has(b) .call code').allTextContents()
    const wanted = data.steps.filter(step => isNewAgainst(step, chroot)).map(({ call }) => call)
    assert.ok(wanted.length > 30 && wanted.length < data.steps.length, `${wanted.length}`)
    assert.equal(marked, wanted, data.name)
  }
})

inEveryPlace('the plan goes to the step that is asked for when it is steered', async place => {
  const { page, language } = place
  const say = words[language].stepper
  const all = container.steps.length
  await place.go('/ch2')
  const stepper = await alive(steppers(place).first())
  const button = (name: string): Locator => stepper.getByRole('button', { name, exact: true })
  const isAt = async (step: number, how: string): Promise<void> => {
    await becomes(`${step} / ${all}`, () => textOf(stepper.locator('.count')), how)
    const said = step === 0 ? say.start : `${say.stepOf(step, all)}: ${container.steps[step - 1]!.call}`
    assert.is(await textOf(stepper.locator('[role=status]')), said.replace(/\s+/g, ' '), how)
    assert.is(await stepper.locator('input').inputValue(), String(step), how)
  }
  await isAt(0, 'as it comes')
  assert.ok(await button(say.previous).isDisabled())
  const presses: readonly (readonly [string, number])[] = [
    [say.next, 1],
    [say.next, 2],
    [say.previous, 1],
    [say.last, all],
    [say.previous, all - 1],
    [say.first, 0],
  ]
  for (const [name, step] of presses) {
    await button(name).click()
    await isAt(step, name)
  }
  const slider = stepper.getByRole('slider', { name: say.slider })
  await slider.fill('20')
  await isAt(20, 'slider')
  await slider.press('ArrowRight')
  await isAt(21, 'arrow on the slider')
  const focused: readonly (readonly [string, number])[] = [
    ['ArrowRight', 22],
    ['ArrowRight', 23],
    ['ArrowLeft', 22],
    ['Home', 0],
    ['End', all],
  ]
  await button(say.next).focus()
  for (const [key, step] of focused) {
    await page.keyboard.press(key)
    await isAt(step, key)
    if (key === 'Home') await button(say.play).focus()
  }
  const row = (step: number): Locator => stepper.locator('li button').nth(step - 1)
  await row(6).click()
  await isAt(6, 'a row')
  await page.keyboard.press('ArrowDown')
  await isAt(7, 'down in the list')
  assert.is(await row(7).getAttribute('aria-current'), 'step')
  assert.ok(await row(7).evaluate(row => row.ownerDocument.activeElement === row), 'the focus goes along')
  await page.keyboard.press('ArrowUp')
  await isAt(6, 'up in the list')
})

inEveryPlace('the plan goes on by itself until it is stopped when motion is reduced, too', async place => {
  const say = words[place.language].stepper
  await place.go('/ch1')
  const stepper = await alive(steppers(place))
  const play = stepper.locator('.play')
  const at = async (): Promise<number> => Number.parseInt(await textOf(stepper.locator('.count')), 10)
  await play.click()
  assert.is(await textOf(play), say.pause)
  await becomes(true, async () => (await at()) >= 1, 'it goes')
  await play.click()
  const stopped = await at()
  assert.is(await textOf(play), say.play)
  await place.page.waitForTimeout(1300)
  assert.is(await at(), stopped, 'it stands')
  await play.click()
  await becomes(chroot.steps.length, at, 'it ends')
  await becomes(say.play, () => textOf(play), 'it stops at the end')
})

test.run()
