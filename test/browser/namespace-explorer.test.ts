/** The explorer: each switch, by the mouse and by the keyboard, changes the command and the prints to what was recorded. */

import * as fs from 'node:fs'
import type { Locator } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '#support/repository'
import { alive, inEveryPlace, type Place, textOf } from '#support/site/places'
import { aboutToggle } from '../../site/.vitepress/theme/toys/explorer-words.js'
import { type NamespaceData, type Toggle, toggles } from '../../site/.vitepress/theme/toys/namespace-data.js'
import { commandOf, printsOf } from '../../site/.vitepress/theme/toys/namespaces.js'
import { words } from '../../site/.vitepress/theme/words.js'

const data = JSON.parse(fs.readFileSync(`${repository}site/data/namespaces.json`, 'utf8')) as NamespaceData

interface Shown {
  readonly command: string
  readonly prints: readonly (readonly [typed: string, text: string])[]
}

async function shownBy(explorer: Locator): Promise<Shown> {
  const prints = await explorer
    .locator('article')
    .evaluateAll(articles =>
      articles.map((article): [string, string] => [
        article.querySelector('.head code').textContent.replace(/^# /, ''),
        article.querySelector('pre').textContent.trimEnd(),
      ]),
    )
  return { command: (await textOf(explorer.locator('.command code'))).replace(/^\$ /, ''), prints }
}

const wanted = (on: readonly Toggle[]): Shown => ({
  command: commandOf(new Set(on)),
  prints: printsOf(data, new Set(on)).map(({ typed, text }) => [typed, text.trimEnd()]),
})

async function open(place: Place): Promise<Locator> {
  await place.go('/ch2')
  return alive(place.page.locator('.explorer'))
}

inEveryPlace(
  'each switch changes the command and the prints when it is clicked and when Space is pressed',
  async place => {
    const explorer = await open(place)
    assert.equal(await shownBy(explorer), wanted(toggles))
    for (const toggle of toggles) {
      const { title, breaks, flag } = aboutToggle[toggle]
      const name = title[place.language]
      const without = toggles.filter(other => other !== toggle)
      await explorer.locator('label', { hasText: flag }).click()
      const off = await shownBy(explorer)
      assert.equal(off, wanted(without), `without ${toggle}`)
      assert.is.not(off.command, commandOf(new Set(toggles)))
      assert.ok((await textOf(explorer.locator('.breaks'))).includes(breaks[place.language]), toggle)
      const box = explorer.getByRole('switch', { name: new RegExp(name) })
      assert.not(await box.isChecked())
      await box.press('Space')
      assert.ok(await box.isChecked())
      assert.equal(await shownBy(explorer), wanted(toggles), `with ${toggle} again`)
    }
  },
)

inEveryPlace('what changed is said and marked when a switch is thrown', async place => {
  const { explorer: say, stepper } = words[place.language]
  const explorer = await open(place)
  await explorer.locator('label', { hasText: 'CLONE_NEWUTS' }).click()
  const before = wanted(toggles).prints
  const after = wanted(toggles.filter(toggle => toggle !== 'uts')).prints
  const changed = after.filter(([, text], i) => text !== before[i]![1]).map(([typed]) => typed)
  assert.ok(changed.length > 0)
  assert.is(await textOf(explorer.locator('[role=status]')), `${say.changed}${stepper.colon}${changed.join(say.comma)}`)
  assert.is(await explorer.locator('article.changed').count(), changed.length)
  assert.ok((await explorer.locator('article.changed .fresh').count()) > 0)
  assert.ok((await textOf(explorer.locator('.toy-note'))).includes(say.missing('CLONE_NEWUTS')))
})

inEveryPlace('all, none, or what Docker makes is switched on when its button is pressed', async place => {
  const say = words[place.language].explorer
  const explorer = await open(place)
  const sets: readonly (readonly [string, readonly Toggle[]])[] = [
    [say.none, []],
    [say.docker, toggles.filter(toggle => toggle !== 'user')],
    [say.all, toggles],
  ]
  for (const [name, on] of sets) {
    await explorer.getByRole('button', { name, exact: true }).click()
    assert.equal(await shownBy(explorer), wanted(on), name)
    assert.is(await explorer.locator('input:checked').count(), on.length)
  }
})

test.run()
